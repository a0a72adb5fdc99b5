// A question to the process that reads packets, or its answer, in memory of just its size.
// Used by the tests and the fuzz target of both.
#pragma once

#include "reading/messages.hpp"

namespace fwlearn::collector::test {

template <typename... What>
std::vector<std::uint8_t> written(const What&... what) {
    static std::vector<std::uint8_t> room(std::size_t{1} << 22U);
    const auto octets = std::span(room).first(reading::write(what..., room).value());
    return {octets.begin(), octets.end()};
}

} // namespace fwlearn::collector::test
