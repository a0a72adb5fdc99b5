// Messages as the kernel sends them, by somebody who is not the kernel: the log's and conntrack's, about a
// UDP datagram that nobody sent. And somebody who holds a log group. Knows nothing of who reads them. Used by
// the kernel tests.
#pragma once

#include "fd.hpp"
#include "netns.hpp"

#include <cstdint>
#include <vector>

namespace fwlearn::kernel_test {

using Message = std::vector<char>;

/// From the lab's server to the destination, as a rule with this prefix would have it logged.
Message forged_log_message(const Lab& lab, const model::Address& destination, std::uint16_t port,
                           std::uint16_t group, const char* prefix, std::uint32_t uid);
/// conntrack's NEW event of the same.
Message forged_event(const model::Address& destination, std::uint16_t port);

/// To a netlink socket of another process, as NETLINK_NETFILTER lets root do (netlink(7)).
void send_forged(const Namespace& where, std::uint32_t to_port, const Message& message, unsigned times);

/// Binds the group, as ulogd(8) does, for as long as what is returned is open.
Fd hold_group(const Namespace& where, std::uint16_t group);

} // namespace fwlearn::kernel_test
