// Asks the kernel: which of these first packets leave the server, under the rules that are loaded there?
// Knows nothing of the rules. Used by the kernel tests that compare a whitelist with what it does.
#pragma once

#include "netns.hpp"

#include <model/process.hpp>
#include <model/service.hpp>

#include <span>
#include <vector>

namespace fwlearn::kernel_test {

struct Attempt {
    model::SocketOwner owner; ///< OwnerKind::user
    model::Destination destination;

    auto operator<=>(const Attempt&) const = default;
};

/// Sends each attempt's first packet from a raw socket of its owner, and looks which of them come out of the
/// cable's other end: true where it did. Throws where that and what send(2) said do not agree.
/// At most 60,000.
std::vector<bool> kernel_verdicts(const Lab& lab, std::span<const Attempt> attempts);

} // namespace fwlearn::kernel_test
