// Connections that are open already are made known to the kernel's connection tracking, so that a whitelist,
// which accepts what is established, lets them go on. Without it they would be denied where nothing has used
// conntrack before, and whatever way they were opened.
// Changes no verdict. Knows nothing of how open sockets are found. Called by apply_whitelist and at boot.
#pragma once

#include <model/service.hpp>

#include <cstdint>
#include <functional>
#include <vector>

namespace fwlearn::firewall {

/// The table (inet) that makes conntrack look at packets until the whitelist does.
inline constexpr const char* priming_table_name = "fwlearn_prime";

/// A TCP connection that is established, or a UDP socket that is connected.
struct OpenConnection {
    model::Protocol protocol;
    model::Address local;
    std::uint16_t local_port = 0;
    model::Address remote;
    std::uint16_t remote_port = 0;
    bool inbound = false; ///< the other side opened it
};

struct Primed {
    std::size_t known = 0; ///< to conntrack already, with answers
    std::size_t made = 0;  ///< known now
    std::size_t failed = 0;
};

/// Loads the priming table, which stays until replace_whitelist_table() takes it away, and then asks which
/// connections there are: none that is opened later is missed. Throws SystemError.
Primed prime_conntrack(const std::function<std::vector<OpenConnection>()>& connections);

} // namespace fwlearn::firewall
