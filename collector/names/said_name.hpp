// What the beginning of a connection says about the server that its client wants. Plain data: given by the
// parsers of ClientHellos, requests and QUIC Initial packets, read by heads.
#pragma once

#include <cstdint>
#include <string>

namespace fwlearn::collector::names {

struct SaidName {
    enum class State : std::uint8_t {
        incomplete, ///< more octets may tell
        complete,
        foreign, ///< something else, or malformed
    };
    State state = State::incomplete;
    std::string name;   ///< as model::host_name() gives it; empty: complete, but it says none
    bool outer = false; ///< encrypted_client_hello: the name may be a front's, not the server's

    bool operator==(const SaidName&) const = default;

    static SaidName of_incomplete() { return {State::incomplete, {}, false}; }
    static SaidName of_foreign() { return {State::foreign, {}, false}; }
};

} // namespace fwlearn::collector::names
