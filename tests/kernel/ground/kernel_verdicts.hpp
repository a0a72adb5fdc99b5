// Asks the kernel: which of these first packets leave the server, under the rules that are loaded there?
// Knows nothing of the rules. Used by the kernel tests that compare a whitelist with what it does.
#pragma once

#include "netns.hpp"

#include <model/process.hpp>
#include <model/service.hpp>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace fwlearn::kernel_test {

struct Attempt {
    model::SocketOwner owner; ///< of kind user or kernel
    model::Destination destination;
    /// Where the user's socket is made, below the cgroups' root; empty: wherever the test itself is.
    std::string cgroup{};

    auto operator<=>(const Attempt&) const = default;
};

/// Sends each attempt's first packet from a raw socket of its owner, and looks which of them come out of the
/// cable's other end: true where it did. Throws where that and what send(2) said do not agree.
/// The kernel's have no socket: they come in by the cable, and nft's `dup` makes a copy that passes the
/// output hooks as the kernel's own, of any protocol and to any address (net/ipv4/netfilter/nf_dup_ipv4.c).
/// conntrack does not know such a copy (`untracked`, where others are `new`), and no send(2) tells what
/// became of it. At most 60,000. `cgroups` is where cgroup2 is mounted, and may be empty where no attempt has
/// a cgroup.
std::vector<bool> kernel_verdicts(const Lab& lab, std::span<const Attempt> attempts,
                                  const std::filesystem::path& cgroups = {});

/// Nobody answers there any more: conntrack would take an answer's flow for established, and so would the
/// rules that are loaded next.
void silence_internet(const Lab& lab);

} // namespace fwlearn::kernel_test
