// The connection tracking of the lab's server: its timeouts shortened, so that a test sees flows end, and its
// table looked at until they have.
// Knows nothing of who watches. Used by the kernel tests.
#pragma once

#include "netns.hpp"

#include <model/service.hpp>

namespace fwlearn::kernel_test {

/// What waits for an answer is given up after 3 s. Once conntrack is in use there.
void shorten_timeouts(const Lab& lab);
/// Until no entry is without an answer. The kernel collects expired entries when it pleases, but always when
/// it lists them (net/netfilter/nf_conntrack_netlink.c: ctnetlink_dump_table), and tells of each.
void wait_for_unanswered_to_end(const Lab& lab);
/// As if nothing had been sent before.
void forget_connections(const Lab& lab);
/// How many entries have the destination's address and protocol.
std::size_t count_entries(const Lab& lab, const model::Destination& destination);

} // namespace fwlearn::kernel_test
