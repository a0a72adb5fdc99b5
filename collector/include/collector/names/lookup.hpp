// Asks the host's own resolver what a name stands for, with the TTL that getaddrinfo(3) keeps to itself.
// Knows nothing of rules. Single-threaded processes alone may use it, since it forks. Used by cli's refresh.
#pragma once

#include <model/address.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fwlearn::collector::names {

enum class LookUpOutcome : std::uint8_t {
    answered, ///< with addresses
    no_data,  ///< the name is there, and has none of this IP version
    no_name,  ///< NXDOMAIN
    failed,   ///< nobody can tell
    silent,   ///< nobody answered in time
};

/// Of one IP version.
struct LookedFamily {
    LookUpOutcome outcome = LookUpOutcome::failed;
    std::vector<model::Address> addresses; ///< ascending, none twice; some where it was answered
};

struct Looked {
    LookedFamily four;
    LookedFamily six;
    std::optional<std::uint32_t> ttl; ///< seconds: the shortest; nothing where no name server gave addresses

    [[nodiscard]] const LookedFamily& of(model::Family family) const {
        return family == model::Family::ipv4 ? four : six;
    }
    [[nodiscard]] bool answered() const {
        return four.outcome == LookUpOutcome::answered || six.outcome == LookUpOutcome::answered;
    }
};

/// A and AAAA by the servers of resolv.conf(5) (resolver(3)); where those know nothing of it, what
/// nsswitch.conf(5) has; and in any case what hosts(5) says, which programs ask first. Where the servers are
/// silent nobody else is asked, who would ask them again: that takes five seconds for an IP version at most,
/// and where the first had to wait the second is not asked for. Whatever takes longer than six (a server that
/// took in a question over TCP, for which libc waits without end) is given up: what came before it counts,
/// and the rest is silent. Throws SystemError where no process can be started for it.
Looked look_up(const std::string& host_name);

/// Sends what look_up() may have to send, without asking for anybody's name: a question for localhost, which
/// a name server answers by itself (RFC 6761 6.3), over UDP and over TCP. Whether one answered over UDP.
/// Throws SystemError as above.
bool rehearse_look_up();

} // namespace fwlearn::collector::names
