/* What the BPF programs file and the collector reads: the layout of every map's keys and values. Plain C,
 * included by both sides, so that neither can be built with another layout. Multi-octet network fields are in
 * network order where they say so, everything else in the host's. */
#ifndef FWLEARN_ATTRIBUTION_SHAPES_H
#define FWLEARN_ATTRIBUTION_SHAPES_H

#include <linux/types.h>

#define FWLEARN_EXE_SIZE 512
#define FWLEARN_ARGV_SIZE 1024
#define FWLEARN_CGROUP_SIZE 1024
#define FWLEARN_COMM_SIZE 16
#define FWLEARN_ANCESTORS 16

/* A path as it is walked: from the last component to the first, each ended by a NUL. */

/* A program, from one execve(2) to the next; shared by the processes that fork from it. */
struct fwlearn_image {
    __u64 inode;
    __u32 device; /* the kernel's dev_t: major << 20 | minor */
    __u32 flags;
    __u32 exe_length;
    __u32 argv_length; /* NUL-separated, as in memory */
    char exe[FWLEARN_EXE_SIZE];
    char argv[FWLEARN_ARGV_SIZE];
};

enum {
    FWLEARN_EXE_CUT = 1, /* the path's first components did not fit */
    FWLEARN_ARGV_CUT = 2,
    FWLEARN_EXE_DELETED = 4, /* no name links to it */
    FWLEARN_EXE_PSEUDO = 8,  /* a file without a folder: memfd_create(2) */
    FWLEARN_NO_EXE = 16      /* no executable, or it could not be read */
};

struct fwlearn_ancestor {
    __u64 image;
    __u64 started;
    __u32 pid; /* as the collector's pid namespace has it; 0: not visible there */
    __u32 uid;
};

/* A living process. */
struct fwlearn_node {
    __u64 started; /* task_struct.start_boottime of the group's leader */
    __u64 image;
    __u64 sender; /* the last of its fwlearn_sender, or 0 */
    __u32 pid;    /* as in fwlearn_ancestor */
    __u32 uid;
    __u32 ancestors;
    __u32 padding;
    struct fwlearn_ancestor ancestor[FWLEARN_ANCESTORS]; /* its parent first */
};

/* A process as it was when it made a socket or sent; filed once for as long as nothing of it changes. */
struct fwlearn_sender {
    __u64 image;
    __u64 started;
    __u64 cgroup;
    __u32 pid; /* as in fwlearn_ancestor */
    __u32 uid;
    __u32 gid;
    __u32 login_uid;
    __u32 session;
    __u32 contained; /* as model::Process has it */
    char comm[FWLEARN_COMM_SIZE];
    __u32 ancestors;
    __u32 padding;
    struct fwlearn_ancestor ancestor[FWLEARN_ANCESTORS];
};

/* Senders that are no process. */
enum { FWLEARN_SENDER_NONE = 0, FWLEARN_SENDER_KERNEL = 1, FWLEARN_FIRST_ID = 16 };

struct fwlearn_cgroup {
    __u32 length;
    __u32 cut;
    char path[FWLEARN_CGROUP_SIZE];
};

/* How a log message finds its sender. No source address: source NAT may change it. */
struct fwlearn_flow_key {
    __u64 netns;            /* cookie */
    __u8 destination[16];   /* IPv4 mapped (RFC 4291 2.5.5.2) */
    __u16 source_port;      /* host order; an ICMP query's identifier */
    __u16 destination_port; /* host order; ICMP type * 256 + code */
    __u8 protocol;
    __u8 padding[3];
};

struct fwlearn_use {
    __u64 actor;    /* whose doing the packet was; 0: nobody's */
    __u64 creator;  /* who made the socket; 0: it is older than the programs */
    __u64 filed_at; /* nanoseconds, monotonic */
};

enum { FWLEARN_USES = 3, FWLEARN_WAYS = 16, FWLEARN_BUCKETS = 4096 };

enum {
    FWLEARN_USE_WAS_OPEN = 1 /* older than the programs: actor and creator are whoever held the socket then */
};

/* A flow, and who had its key. Ports are used again: who had this one before is kept for those who ask about
 * an older packet. One cache line holds all of a flow that is new. */
struct fwlearn_place {
    __u32 sequence; /* odd while it is written */
    __u16 uses;     /* that are filed */
    __u16 was_open; /* FWLEARN_USE_WAS_OPEN << i: of use[i] */
    struct fwlearn_flow_key key;
    struct fwlearn_use use[FWLEARN_USES]; /* the newest first */
    __u64 unused[2];                      /* two cache lines in all */
};

/* The flows of one hash, which the collector reads in its own memory while the programs write. Of 20,000
 * flows in 4,096 buckets of sixteen, four in a million find no room beside the others (Poisson), and of
 * 65,536 a tenth; with twice the buckets and half the places it were five in ten thousand, and a seventh. */
struct fwlearn_bucket {
    /* Of each place, in two cache lines: when something was last filed in it, in units of 65,536 ns,
     * << FWLEARN_TAG_BITS, and as many bits of its key's hash. 0: never. */
    __u64 head[FWLEARN_WAYS];
    struct fwlearn_place place[FWLEARN_WAYS];
};

/* What the programs keep at a socket. */
struct fwlearn_socket {
    __u64 netns;
    __u64 creator;
    __u64 actor;
    __u64 filed_at; /* nanoseconds, monotonic */
    __u32 filed_by; /* pid */
    __u32 padding;
    struct fwlearn_flow_key filed;
};

/* What hooks.bpf.c files: all that a kernel without type information tells of a process. */
struct fwlearn_hook_sender {
    __u64 cgroup; /* id */
    __u64 at;     /* nanoseconds since boot: when it made the socket, connected or sent */
    __u32 pid;    /* in the initial pid namespace */
    __u32 thread;
    __u32 uid; /* real */
    __u32 gid;
    char comm[FWLEARN_COMM_SIZE]; /* the thread's */
};
struct fwlearn_hook_flow {
    struct fwlearn_hook_sender actor;
    struct fwlearn_hook_sender creator; /* pid 0: the socket is older than the programs */
};
struct fwlearn_hook_socket {
    __u64 netns;
    struct fwlearn_hook_sender actor;
    struct fwlearn_hook_sender creator;
    __u64 filed_at; /* nanoseconds since boot */
    __u32 filed_by; /* pid */
    __u32 padding;
    struct fwlearn_flow_key filed;
};

enum fwlearn_count {
    FWLEARN_COUNT_NODES_FULL, /* a process could not be filed */
    FWLEARN_COUNT_IMAGES_FAILED,
    FWLEARN_COUNT_SENDERS_FAILED,
    FWLEARN_COUNT_FLOWS_FAILED,
    FWLEARN_COUNT_NO_SCRATCH, /* too many hooks at once on one CPU */
    FWLEARN_COUNT_UNTRACKED,  /* a process that the fork and exec tracepoints had not told of */
    FWLEARN_COUNT_FLOWS_FILED,
    FWLEARN_COUNTS
};

#endif
