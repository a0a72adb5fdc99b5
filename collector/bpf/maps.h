/* Where the programs file what they see, and how they number it. The collector reads the same maps by name.
 */
#ifndef FWLEARN_MAPS_H
#define FWLEARN_MAPS_H

#include "kernel_types.h"
#include "shapes.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <linux/bpf.h>
#include <stddef.h>

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 65536);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, __u32); /* pid */
    __type(value, struct fwlearn_node);
} nodes SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, FWLEARN_IMAGES);
    __type(key, __u64);
    __type(value, struct fwlearn_image);
} images SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, FWLEARN_SENDERS);
    __type(key, __u64);
    __type(value, struct fwlearn_sender);
} senders SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, FWLEARN_CGROUPS);
    __type(key, __u64); /* id */
    __type(value, struct fwlearn_cgroup);
} cgroups SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, FWLEARN_FILINGS);
    __type(key, __u32);
    __type(value, struct fwlearn_filing);
} filings SEC(".maps");

/* As `filings`: what is kept apart, of those who have filed little. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, FWLEARN_FIRST_FILINGS);
    __type(key, __u32);
    __type(value, struct fwlearn_filing);
} first_filings SEC(".maps");

/* By a key's hash: as_last() in filings.h. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, FWLEARN_LAST);
    __type(key, __u32);
    __type(value, __u64);
} last_filed SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_SK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct fwlearn_socket);
} sockets SEC(".maps");

/* Senders, by what the sockets that they make have of them. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, FWLEARN_SENDERS);
    __type(key, struct fwlearn_creator_key);
    __type(value, __u64);
} creators SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, FWLEARN_COUNTS);
    __type(key, __u32);
    __type(value, __u64);
} counts SEC(".maps");

static __always_inline void count(__u32 which) {
    __u64* value = bpf_map_lookup_elem(&counts, &which);
    if (value) {
        ++*value; /* each CPU has its own */
    }
}

#define PATH_COMPONENT_SIZE 256 /* NAME_MAX and its NUL */

/* Where records are put together: too large for the stack. A hook may be preempted by another one on the same
 * CPU, so each claims one and gives it back. */
struct scratch {
    __u32 claimed;
    __u32 used;                                           /* octets of the path */
    char path[FWLEARN_CGROUP_SIZE + PATH_COMPONENT_SIZE]; /* a component may begin anywhere before the end */
    struct fwlearn_image image;
    struct fwlearn_cgroup cgroup;
    struct fwlearn_node node;
    struct fwlearn_sender sender;
};
#define SCRATCHES 4
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, SCRATCHES);
    __type(key, __u32);
    __type(value, struct scratch);
} scratches SEC(".maps");

static __always_inline struct scratch* claim_scratch(void) {
    for (__u32 i = 0; i < SCRATCHES; ++i) {
        __u32 key = i;
        struct scratch* scratch = bpf_map_lookup_elem(&scratches, &key);
        if (scratch && __sync_val_compare_and_swap(&scratch->claimed, 0, 1) == 0) {
            return scratch;
        }
    }
    count(FWLEARN_COUNT_NO_SCRATCH);
    return NULL;
}

static __always_inline void give_back(struct scratch* scratch) {
    *(volatile __u32*)&scratch->claimed = 0;
}

/* The collector's own place, told by the program `where_we_are` before any other runs. */
__u32 own_pid_namespace = 0;   /* inode number */
__u32 own_mount_namespace = 0; /* inode number */
__u64 own_root = 0;            /* the dentry's address */
/* The cgroup that the programs are attached at: its paths begin there. */
__u64 cgroup_root = 0;

/* The network namespace whose flows are filed: its cookie. */
__u64 own_netns = 0;

__u64 last_id = FWLEARN_FIRST_ID;

/* How often something was filed, in each ring. The collector reads it, and every CPU writes it: nothing else
 * shares its cache line. */
struct {
    __u64 number;
    __u64 first_number; /* in `first_filings` */
    __u64 unused[6];
} filings_made __attribute__((aligned(64)));

/* Numbers for images and senders, never given twice. */
static __always_inline __u64 next_id(void) {
    return __sync_fetch_and_add(&last_id, 1);
}

#endif
