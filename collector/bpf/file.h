/* Files who sends under a flow's key: in a ring of filings, for the collector. Included by
 * attribution.bpf.c and connections.h. */
#ifndef FWLEARN_FILE_H
#define FWLEARN_FILE_H

#include "capture.h"
#include "flow_keys.h"
#include "maps.h"
#include "shares.h"

/* By all programs on all CPUs. */
static __always_inline __u64 filed_until_now(void) {
    return filed_in_all(*(volatile __u64*)&filings_made.number, *(volatile __u64*)&filings_made.first_number);
}

static __always_inline struct fwlearn_filing* filing_at(__u32 index) {
    return bpf_map_lookup_elem(&filings, &index);
}

static __always_inline struct fwlearn_filing* first_filing_at(__u32 index) {
    return bpf_map_lookup_elem(&first_filings, &index);
}

static __always_inline struct fwlearn_share* own_share(void) {
    const struct task_struct* task = bpf_get_current_task_btf();
    const struct cred* cred = task->cred;
    const struct css_set* cgroups = task->cgroups;
    return cred && cgroups ? share_of(cred->euid.val, cgroup_id(cgroups->dfl_cgrp)) : NULL;
}

static __always_inline bool put(const struct fwlearn_flow_key* key, const struct fwlearn_use* use,
                                __u32 was_open) {
    struct fwlearn_share* share = own_share();
    const bool filed =
        share && is_among_first(share, use->filed_at)
            ? file_next(first_filing_at, FWLEARN_FIRST_BITS, &filings_made.first_number, key, use, was_open)
            : file_next(filing_at, FWLEARN_FILING_BITS, &filings_made.number, key, use, was_open);
    if (!filed) {
        count(FWLEARN_COUNT_FLOWS_FAILED);
    }
    return filed;
}

/* Returns when that was. Not inlined, and not static: so the verifier looks at it by itself and once a
 * program, instead of anew for every way that leads to it. */
__attribute__((noinline)) __u64 file(const struct fwlearn_flow_key* key, __u64 actor, __u64 creator,
                                     __u32 was_open) {
    if (!key) {
        return 0; /* which is never so; the verifier does not know */
    }
    const struct fwlearn_use use = {.actor = actor, .creator = creator, .filed_at = bpf_ktime_get_ns()};
    const __u64 hash = key_hash(key, flow_seed);
    /* Who held the socket, and is seen to send now, files again. */
    const __u32 sign = sign_of(hash, &use) ^ was_open;
    const __u32 at = (__u32)hash & (FWLEARN_LAST - 1);
    __u64* const before = bpf_map_lookup_elem(&last_filed, &at);
    const __u64 filed = filed_until_now();
    if (!before || is_filed(*(volatile __u64*)before, sign, filed)) {
        return use.filed_at;
    }
    if (put(key, &use, was_open)) {
        *(volatile __u64*)before = as_last(sign, filed);
    }
    return use.filed_at;
}

/* For what comes but once: whether it is there already is not looked for, in memory that is seldom near. */
__attribute__((noinline)) int file_once(const struct fwlearn_flow_key* key, __u64 actor, __u64 creator) {
    if (!key) {
        return 0;
    }
    const struct fwlearn_use use = {.actor = actor, .creator = creator, .filed_at = bpf_ktime_get_ns()};
    put(key, &use, 0);
    return 0;
}

#endif
