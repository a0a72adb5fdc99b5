/* Whose share it is that something is filed from: each user's, and of root each cgroup's, so that his
 * services have one each. Needs no type information of the kernel. Included by both sets of programs;
 * filings.h tells what a share is.
 */
#ifndef FWLEARN_SHARES_H
#define FWLEARN_SHARES_H

#include "filings.h"

#include <bpf/bpf_helpers.h>
#include <linux/bpf.h>

/* What nobody can know who would choose ports, or users, for their hash; the collector draws it. */
__u64 flow_seed = 0;

/* By the hash of a user. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, FWLEARN_SHARES);
    __type(key, __u32);
    __type(value, struct fwlearn_share);
} shares SEC(".maps");

static __always_inline struct fwlearn_share* share_of(__u32 user, __u64 cgroup) {
    const __u64 who = user != 0 ? user : ~cgroup;
    const __u32 at = (__u32)((who ^ flow_seed) * 0x9e3779b97f4a7c15ULL >> 32) & (FWLEARN_SHARES - 1);
    return bpf_map_lookup_elem(&shares, &at);
}

#endif
