/* Who sends: files, while a process makes a socket, connects or sends, which process that is, under the same
 * key that the kernel's log message of the flow's first packet leads to. Everything is read inside the hook,
 * because the process may be gone two milliseconds later. Loaded by collector/process/programs.cpp;
 * docs/attribution.md tells which hook sees what. */
#include "connections.h"
#include "file.h"
#include "senders.h"

char LICENSE[] SEC("license") = "GPL";

/* The same process has just filed something through the same socket. `filed_at` may be ahead of the clock
 * that goes by ticks. */
static __always_inline bool has_just_filed(const struct fwlearn_socket* socket) {
    const struct task_struct* task = bpf_get_current_task_btf();
    return (__s64)(bpf_ktime_get_coarse_ns() - socket->filed_at) < (__s64)FILE_AGAIN_AFTER &&
           (__u32)filed_until_now() - socket->filings_made < FWLEARN_FILINGS / 2 &&
           socket->filed_by == (__u32)task->tgid;
}

/* Files a datagram's flow unless that has just been done. */
static __always_inline void file_datagram(struct fwlearn_socket* socket, const struct fwlearn_flow_key* key) {
    if (key->netns != own_netns) {
        return;
    }
    if (same_key(&socket->filed, key) && has_just_filed(socket)) {
        return;
    }
    const struct task_struct* task = bpf_get_current_task_btf();
    socket->filed_at = file(key, running(), socket->creator, 0);
    socket->filed = *key;
    socket->filed_by = task->tgid;
    socket->filings_made = (__u32)filed_until_now();
}

SEC("cgroup/sock_create")
int sock_create(struct bpf_sock* ctx) {
    if (ctx->protocol == IPPROTO_TCP) {
        remember_creator();
        return 1;
    }
    struct fwlearn_socket* socket = bpf_sk_storage_get(&sockets, ctx, NULL, BPF_SK_STORAGE_GET_F_CREATE);
    if (socket) {
        socket->netns = bpf_get_netns_cookie(ctx);
        socket->creator = running();
    }
    return 1;
}

static __always_inline int sending(struct bpf_sock_addr* ctx, bool ipv6) {
    struct bpf_sock* sk = ctx->sk;
    if (!sk) {
        return 1;
    }
    struct fwlearn_socket* socket = bpf_sk_storage_get(&sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
    if (!socket) {
        return 1;
    }
    if (socket->netns == 0) {
        socket->netns = bpf_get_netns_cookie(ctx);
    }
    struct fwlearn_flow_key key = {.netns = socket->netns};
    set_datagram(&key, ctx, sk, ipv6);
    file_datagram(socket, &key);
    return 1;
}

/* The same before a firewall sees the packet. Attached only where packets may end, or wait, in a way that no
 * other program sees: the kernel calls it five times a connection. */
SEC("sockops")
int tcp_connecting(struct bpf_sock_ops* ctx) {
    struct bpf_sock* sk = ctx->op == BPF_SOCK_OPS_TCP_CONNECT_CB ? ctx->sk : NULL;
    if (sk) {
        first_leaving(sk);
    }
    return 1;
}

#define SOCKET struct fwlearn_socket
#include "entries.h"

/* Where a dropped packet's octets are. */
struct dropped_octets {
    const unsigned char* begin;
    __u32 size;
};

static __always_inline long load_dropped(const void* packet, __u32 offset, void* to, __u32 size) {
    const struct dropped_octets* octets = packet;
    if (offset + size > octets->size) {
        return -1;
    }
    return bpf_probe_read_kernel(to, size, octets->begin + offset);
}

/* What a firewall denies reaches no egress: connected datagrams, ping and raw sockets are filed here. TCP was
 * filed before its SYN. A packet that came in may have the socket too that it was for (skb_iif tells). */
SEC("tp_btf/kfree_skb")
int BPF_PROG(denied, struct sk_buff* skb, void* location, enum skb_drop_reason reason) {
    if (!bpf_core_enum_value_exists(enum skb_drop_reason, SKB_DROP_REASON_NETFILTER_DROP) ||
        reason != bpf_core_enum_value(enum skb_drop_reason, SKB_DROP_REASON_NETFILTER_DROP)) {
        return 0;
    }
    struct sock* sk = skb->sk;
    if (!sk || skb->skb_iif != 0) {
        return 0;
    }
    const __u16 protocol = BPF_CORE_READ(sk, sk_protocol);
    if (protocol == IPPROTO_TCP) {
        if (BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_SYN_SENT) {
            file_connection(sk);
        }
        return 0;
    }
    struct fwlearn_socket* socket = bpf_sk_storage_get(&sockets, sk, NULL, 0);
    if (!socket) {
        return 0;
    }
    struct dropped_octets octets = {.begin = skb->head + skb->network_header};
    const unsigned char* end = skb->data + (skb->len - skb->data_len);
    octets.size = end > octets.begin ? end - octets.begin : 0;
    struct fwlearn_flow_key key = {.netns = socket->netns};
    if (!key_of_packet(&octets, load_dropped, &key)) {
        return 0;
    }
    /* Each time, whatever was filed through the socket before: others may have the same key, for want of
     * ports, and who sent last is who is asked for. Where a timer may be what sends, the running process is
     * anybody, and nothing tells who connected (these protocols have no pre_connect, net/sctp/socket.c). */
    const bool by_timer = protocol == IPPROTO_SCTP || protocol == IPPROTO_DCCP;
    file(&key, by_timer ? socket->creator : running(), socket->creator, 0);
    return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(forked, struct task_struct* parent, struct task_struct* child) {
    __u32 pid = BPF_CORE_READ(child, tgid);
    if (pid != (__u32)BPF_CORE_READ(child, pid) || BPF_CORE_READ(parent, flags) & PF_KTHREAD) {
        return 0; /* a thread, or the kernel's */
    }
    struct scratch* scratch = claim_scratch();
    if (!scratch) {
        return 0;
    }
    __u32 parent_pid = BPF_CORE_READ(parent, tgid);
    struct fwlearn_node* known = bpf_map_lookup_elem(&nodes, &parent_pid);
    if (!known) {
        count(FWLEARN_COUNT_UNTRACKED);
        known = new_node(BPF_CORE_READ(parent, group_leader), parent_pid, true, scratch);
    }
    if (known) {
        struct fwlearn_node* node = &scratch->node;
        node->started = BPF_CORE_READ(child, start_boottime);
        node->image = known->image;
        node->sender = 0;
        node->pid = visible_pid(child);
        node->uid = BPF_CORE_READ(child, cred, euid.val);
        inherit(node, known);
        if (bpf_map_update_elem(&nodes, &pid, node, BPF_ANY) != 0) {
            count(FWLEARN_COUNT_NODES_FULL);
        }
    }
    give_back(scratch);
    return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(executed, struct task_struct* task, int old_pid, struct linux_binprm* bprm) {
    __u32 pid = BPF_CORE_READ(task, tgid);
    struct scratch* scratch = claim_scratch();
    if (!scratch) {
        bpf_map_delete_elem(&nodes, &pid); /* rather unknown than wrong */
        return 0;
    }
    struct fwlearn_node* node = bpf_map_lookup_elem(&nodes, &pid);
    if (node && node->started == BPF_CORE_READ(task, start_boottime)) {
        node->image = capture_image(task, true, scratch);
        node->sender = 0;
        node->uid = BPF_CORE_READ(task, cred, euid.val);
        keep_images(node->ancestor);
    } else {
        new_node(task, pid, true, scratch);
    }
    give_back(scratch);
    return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(exited, struct task_struct* task) {
    if (BPF_CORE_READ(task, signal, live.counter) != 0) {
        return 0; /* other threads go on */
    }
    __u32 pid = BPF_CORE_READ(task, tgid);
    bpf_map_delete_elem(&nodes, &pid);
    return 0;
}

/* Run once, by the collector itself, before all others. */
SEC("syscall")
int where_we_are(void* ctx) {
    struct task_struct* task = (void*)bpf_get_current_task();
    own_pid_namespace = pid_namespace_of(task);
    own_mount_namespace = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
    own_root = (__u64)BPF_CORE_READ(task, fs, root.dentry);
    return 0;
}

/* The process that a walk over tasks has come to; NULL at a thread, at the kernel's own, and at the end. */
static __always_inline struct task_struct* process_at(const struct bpf_iter__task* ctx) {
    struct task_struct* task = ctx->task;
    const bool is_process = task && BPF_CORE_READ(task, tgid) == BPF_CORE_READ(task, pid) &&
                            !(BPF_CORE_READ(task, flags) & PF_KTHREAD);
    return is_process ? task : NULL;
}

/* Processes that were there before: what they run and, in a second walk over them, whom they descend from.
 * Their arguments cannot be read from here; the collector adds them from /proc. Writes the pid of each. */
SEC("iter/task")
int existing_processes(struct bpf_iter__task* ctx) {
    struct task_struct* task = process_at(ctx);
    if (!task) {
        return 0;
    }
    __u32 pid = BPF_CORE_READ(task, tgid);
    struct fwlearn_node* node = bpf_map_lookup_elem(&nodes, &pid);
    if (node) {
        if (node->ancestors == 0) {
            walk_ancestors(node, task);
        }
        return 0;
    }
    struct scratch* scratch = claim_scratch();
    if (scratch) {
        new_node(task, pid, false, scratch);
        give_back(scratch);
    }
    node = bpf_map_lookup_elem(&nodes, &pid);
    if (node) {
        node->ancestors = 0; /* told by the second walk, when all are filed */
        bpf_seq_write(ctx->meta->seq, &pid, sizeof(pid));
    }
    return 0;
}

/* What living processes run, descend from and are in does not make room for those that come and go, however
 * long they have neither run nor sent anything themselves. */
SEC("iter/task")
int living_processes(struct bpf_iter__task* ctx) {
    struct task_struct* task = process_at(ctx);
    if (!task) {
        return 0;
    }
    __u32 pid = BPF_CORE_READ(task, tgid);
    const struct fwlearn_node* node = bpf_map_lookup_elem(&nodes, &pid);
    if (!node) {
        return 0;
    }
    __u64 image = node->image;
    bpf_map_lookup_elem(&images, &image);
    keep_images(node->ancestor);
    __u64 sender = node->sender;
    if (sender != 0) {
        __u64 cgroup = node->sender_cgroup;
        bpf_map_lookup_elem(&senders, &sender);
        bpf_map_lookup_elem(&cgroups, &cgroup);
    }
    return 0;
}

/* Sockets that were there before: whoever holds one first is taken for its creator. */
SEC("iter/task_file")
int existing_sockets(struct bpf_iter__task_file* ctx) {
    struct task_struct* task = ctx->task;
    struct file* opened = ctx->file;
    if (!task || !opened) {
        return 0;
    }
    struct socket* held = bpf_sock_from_file(opened);
    struct sock* sk = held ? held->sk : NULL;
    if (!sk) {
        return 0;
    }
    const __u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
    if (family != AF_INET && family != AF_INET6) {
        return 0;
    }
    struct fwlearn_socket* socket = bpf_sk_storage_get(&sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
    if (!socket || socket->creator != 0) {
        return 0;
    }
    socket->netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, net_cookie);
    socket->creator = sender_of(task, false);
    struct fwlearn_flow_key key = {};
    set_peer(&key, sk);
    if (key.destination_port == 0) {
        return 0; /* not connected */
    }
    file(&key, socket->creator, socket->creator, FWLEARN_WAS_OPEN);
    return 0;
}
