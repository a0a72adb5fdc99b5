// Asks the host's own resolver what a name stands for, with the TTL that getaddrinfo(3) keeps to itself.
// Knows nothing of rules. Used by cli's refresh.
#pragma once

#include <model/address.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fwlearn::collector::names {

struct Looked {
    std::vector<model::Address> addresses; ///< none twice; empty where the name has none
    std::uint32_t ttl = 0;                 ///< seconds: the shortest; 0 where hosts(5) or the like gave them
};

/// A and AAAA by the servers of resolv.conf(5) (resolver(3)), and where those know nothing of it, whatever
/// nsswitch.conf(5) has besides. Blocks for as long as resolv.conf(5) says. Nothing where that failed, so
/// that nobody knows.
std::optional<Looked> look_up(const std::string& host_name);

} // namespace fwlearn::collector::names
