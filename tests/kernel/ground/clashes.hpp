// Makes conntrack fail: two first packets of the same addresses and ports, each with an entry of its own, of
// which the table takes one.
// Knows nothing of who watches. Used by the kernel tests.
#pragma once

#include "netns.hpp"

namespace fwlearn::kernel_test {

/// So many pairs of SYNs wait in a queue (NFQUEUE) until all are there, and are let go. conntrack drops the
/// second of each: only of UDP it makes one of the two entries (nf_ct_resolve_clash() in
/// nf_conntrack_core.c).
void make_entries_clash(const Lab& lab, unsigned times);

} // namespace fwlearn::kernel_test
