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
    __u64 sender;        /* the last of its fwlearn_sender, or 0 */
    __u64 sender_cgroup; /* what else may change without an execve(2), as it was filed there */
    __u32 sender_uid;
    __u32 sender_gid;
    __u64 sender_used; /* the number that the next sender was to have when it was last looked up */
    __u64 creator;     /* the sender that its credentials stand for as a creator of sockets, or 0 */
    __u64 creator_cred;
    __u32 pid; /* as in fwlearn_ancestor */
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

/* How many are kept. Senders and images are numbered in one row, and a cgroup is new only with a sender:
 * after so many new numbers what a living process leads to is looked up, before it is the next to make room.
 */
enum { FWLEARN_SENDERS = 16384, FWLEARN_IMAGES = 4096, FWLEARN_CGROUPS = 2048, FWLEARN_LOOK_AGAIN = 256 };

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

enum {
    FWLEARN_WAS_OPEN = 1 /* older than the programs: actor and creator are whoever held the socket then */
};

/* A use of a flow's key, in one cache line. They are filed one behind the other, and after so many the first
 * makes room. */
struct fwlearn_filing {
    __u32 stamp;    /* bpf/filings.h; odd while it is written; 0: never */
    __u32 was_open; /* FWLEARN_WAS_OPEN or 0 */
    struct fwlearn_flow_key key;
    struct fwlearn_use use;
};

/* How many are kept: two seconds of 30,000 flows. Apart from all others the first few of each user in a
 * second, so that nobody's flood takes their place: how many, how many of each, and of how many users (by a
 * hash) it is known how much they have filed. And how many keys are remembered by who filed them last, so
 * that who sends to many in turn does not file each time. */
enum {
    FWLEARN_FILING_BITS = 16,
    FWLEARN_FILINGS = 1 << FWLEARN_FILING_BITS,
    FWLEARN_FIRST_BITS = 14,
    FWLEARN_FIRST_FILINGS = 1 << FWLEARN_FIRST_BITS,
    FWLEARN_FIRST_OF_EACH = 256,
    FWLEARN_SHARES = 4096,
    FWLEARN_LAST = 16384
};

/* What a user has filed, root by cgroup. */
struct fwlearn_share {
    __u32 second; /* of 2^30 nanoseconds, monotonic */
    __u32 filed;  /* in it */
};

/* What the programs keep at a socket. */
struct fwlearn_socket {
    __u64 netns;
    __u64 creator;
    __u64 filed_at;     /* nanoseconds, monotonic */
    __u32 filed_by;     /* pid */
    __u32 filings_made; /* by all, until then */
    struct fwlearn_flow_key filed;
};

/* Of whose files the credentials are: they are another's after each fork(2) and execve(2), and not given away
 * again while there is such a file. */
struct fwlearn_creator_key {
    __u64 cred;   /* struct cred's address */
    __u64 cgroup; /* id */
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
    FWLEARN_COUNTS
};

/* What conntrack tells of a connection's end; ends.bpf.c. Which of the three it is, its size says. The
 * collector has the ring in its memory twice, one behind the other (ringbuf.rst). */
#define FWLEARN_ENDS_SIZE (512U << 10U) /* a power of two */
#define FWLEARN_END_LONGEST 500U
/* A TCP or UDP connection's. All numbers in network order, as they are in the message, and 0 where it has
 * none. */
struct fwlearn_end {
    __u64 packets_out;
    __u64 bytes_out;
    __u64 packets_in;
    __u64 bytes_in;
    __u32 id;
    __u32 status; /* enum ip_conntrack_status */
    __u16 source_port;
    __u16 destination_port;
    __u8 protocol;
    __u8 tcp_state; /* enum tcp_conntrack */
    __u16 padding;
};
/* With the head that the ring puts before it one cache line. */
struct fwlearn_end_v4 {
    struct fwlearn_end end;
    __u8 source[4];
    __u8 destination[4];
};
struct fwlearn_end_v6 {
    struct fwlearn_end end;
    __u8 source[16];
    __u8 destination[16];
};
/* All else that conntrack tells: the netlink message as it is. */
struct fwlearn_end_whole {
    __u32 length;
    __u8 message[FWLEARN_END_LONGEST];
};

#endif
