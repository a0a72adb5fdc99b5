/* The second best: who sends, as far as a kernel without type information (BTF) lets its cgroup hooks tell:
 * pid, user, short name and cgroup's number, filed under the same keys as by attribution.bpf.c. What the
 * process runs has to be looked up afterwards. Loaded by collector/process/hook_programs.cpp. */
#include "flow_keys.h"
#include "shares.h"

char LICENSE[] SEC("license") = "GPL";

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, FWLEARN_FILINGS);
    __type(key, struct fwlearn_flow_key);
    __type(value, struct fwlearn_hook_flow);
} flows SEC(".maps");

/* The first few of each user in a second, apart from all others. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, FWLEARN_FIRST_FILINGS);
    __type(key, struct fwlearn_flow_key);
    __type(value, struct fwlearn_hook_flow);
} first_flows SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_SK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct fwlearn_hook_socket);
} sockets SEC(".maps");

__u64 flows_filed = 0;
__u64 flows_failed = 0;

static __always_inline void set_running(struct fwlearn_hook_sender* sender) {
    const __u64 process = bpf_get_current_pid_tgid();
    const __u64 user = bpf_get_current_uid_gid();
    sender->cgroup = bpf_get_current_cgroup_id();
    sender->at = bpf_ktime_get_boot_ns();
    sender->pid = (__u32)(process >> 32);
    sender->thread = (__u32)process;
    sender->uid = (__u32)user;
    sender->gid = (__u32)(user >> 32);
    bpf_get_current_comm(sender->comm, sizeof(sender->comm));
}

static __always_inline void file(const struct fwlearn_flow_key* key,
                                 const struct fwlearn_hook_socket* socket) {
    const struct fwlearn_hook_flow flow = {.actor = socket->actor, .creator = socket->creator};
    struct fwlearn_share* share = share_of(flow.actor.uid, flow.actor.cgroup);
    const bool first = share && is_among_first(share, flow.actor.at);
    const long failed = first ? bpf_map_update_elem(&first_flows, key, &flow, BPF_ANY)
                              : bpf_map_update_elem(&flows, key, &flow, BPF_ANY);
    if (failed) {
        __sync_fetch_and_add(&flows_failed, 1);
    } else {
        __sync_fetch_and_add(&flows_filed, 1);
    }
}

static __always_inline bool has_just_filed(const struct fwlearn_hook_socket* socket) {
    return bpf_ktime_get_boot_ns() - socket->filed_at < FILE_AGAIN_AFTER &&
           socket->filed_by == socket->actor.pid;
}

static __always_inline void file_datagram(struct fwlearn_hook_socket* socket,
                                          const struct fwlearn_flow_key* key) {
    if (same_key(&socket->filed, key) && has_just_filed(socket)) {
        return;
    }
    file(key, socket);
    socket->filed = *key;
    socket->filed_by = socket->actor.pid;
    socket->filed_at = bpf_ktime_get_boot_ns();
}

SEC("cgroup/sock_create")
int sock_create(struct bpf_sock* ctx) {
    struct fwlearn_hook_socket* socket = bpf_sk_storage_get(&sockets, ctx, NULL, BPF_SK_STORAGE_GET_F_CREATE);
    if (socket) {
        socket->netns = bpf_get_netns_cookie(ctx);
        set_running(&socket->creator);
        socket->actor = socket->creator;
    }
    return 1;
}

/* The socket with its actor as of now. */
static __always_inline struct fwlearn_hook_socket* used(struct bpf_sock_addr* ctx, struct bpf_sock* sk) {
    struct fwlearn_hook_socket* socket = bpf_sk_storage_get(&sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
    if (socket) {
        socket->netns = bpf_get_netns_cookie(ctx);
        set_running(&socket->actor);
    }
    return socket;
}

static __always_inline int connecting(struct bpf_sock_addr* ctx) {
    struct bpf_sock* sk = ctx->sk;
    if (sk) {
        used(ctx, sk);
    }
    return 1;
}

/* The source port may not be chosen yet: what sends the first packet finds the actor at the socket. */
SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr* ctx) {
    return connecting(ctx);
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr* ctx) {
    return connecting(ctx);
}

static __always_inline int sending(struct bpf_sock_addr* ctx, bool ipv6) {
    struct bpf_sock* sk = ctx->sk;
    struct fwlearn_hook_socket* socket = sk ? used(ctx, sk) : NULL;
    if (socket) {
        struct fwlearn_flow_key key = {.netns = socket->netns};
        set_datagram(&key, ctx, sk, ipv6);
        file_datagram(socket, &key);
    }
    return 1;
}

SEC("sockops")
int tcp_connecting(struct bpf_sock_ops* ctx) {
    struct bpf_sock* sk = ctx->op == BPF_SOCK_OPS_TCP_CONNECT_CB ? ctx->sk : NULL;
    struct fwlearn_hook_socket* socket = sk ? bpf_sk_storage_get(&sockets, sk, NULL, 0) : NULL;
    if (socket) {
        struct fwlearn_flow_key key = {.netns = bpf_get_netns_cookie(ctx)};
        set_connection(&key, ctx);
        file(&key, socket);
    }
    return 1;
}

/* Filed before. */
static __always_inline void first_leaving(struct bpf_sock* sk) {}

#define SOCKET struct fwlearn_hook_socket
#include "entries.h"
