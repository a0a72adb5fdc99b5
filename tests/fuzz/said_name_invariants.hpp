// What holds for every parser that finds a server's name in the beginning of a stream. Used by the fuzz
// targets.
#pragma once

#include "said_name.hpp"

#include <model/host_name.hpp>

#include <cstdlib>
#include <span>

namespace fwlearn::fuzz {

/// A name is a host's; and what is complete in the beginning stays so, whatever comes behind it.
template <typename Parser>
void check_said_name(std::span<const std::uint8_t> bytes, const Parser& parser) {
    using State = collector::names::SaidName::State;
    const auto whole = parser(bytes);
    if (!whole.name.empty() &&
        (model::host_name(whole.name) != whole.name || whole.state != State::complete)) {
        std::abort();
    }
    for (const auto length : {bytes.size() / 4, bytes.size() / 2, bytes.size() - bytes.size() / 8}) {
        const auto part = parser(bytes.first(length));
        if (part.state != State::incomplete && part != whole) {
            std::abort();
        }
    }
}

} // namespace fwlearn::fuzz
