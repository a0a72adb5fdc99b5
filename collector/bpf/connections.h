/* Who makes a TCP connection, and who made its socket. The socket keeps nothing: its file keeps the
 * credentials of whoever made it, by which its maker is found in `creators`. Included by attribution.bpf.c.
 */
#ifndef FWLEARN_CONNECTIONS_H
#define FWLEARN_CONNECTIONS_H

#include "file.h"
#include "senders.h"

/* While a process makes a TCP socket. */
static __always_inline void remember_creator(void) {
    struct task_struct* task = bpf_get_current_task_btf();
    const __u64 cred = (__u64)task->cred;
    const __u32 pid = task->tgid;
    struct fwlearn_node* node = bpf_map_lookup_elem(&nodes, &pid);
    if (node && node->creator != 0 && node->creator == node->sender && node->creator_cred == cred &&
        is_as_filed(node, task) && *(volatile __u64*)&last_id - node->sender_used < FWLEARN_LOOK_AGAIN) {
        return;
    }
    const __u64 sender = sender_of(task, true);
    node = bpf_map_lookup_elem(&nodes, &pid);
    if (sender < FWLEARN_FIRST_ID || !node) {
        return;
    }
    const struct fwlearn_creator_key key = {.cred = cred, .cgroup = node->sender_cgroup};
    if (bpf_map_update_elem(&creators, &key, &sender, BPF_ANY) == 0) {
        node->creator = sender;
        node->creator_cred = cred;
    }
}

/* Who made a TCP socket that the actor, who is running, has. */
static __always_inline __u64 creator_of(struct sock* sk, __u64 actor) {
    const struct task_struct* task = bpf_get_current_task_btf();
    const struct socket* held = sk->sk_socket;
    const struct file* opened = held ? held->file : NULL;
    if (!opened) {
        return actor;
    }
    const struct css_set* cgroups = task->cgroups;
    const struct fwlearn_creator_key key = {.cred = (__u64)opened->f_cred,
                                            .cgroup = cgroup_id(sk->sk_cgrp_data.cgroup)};
    if (key.cred == (__u64)task->cred && cgroups && key.cgroup == cgroup_id(cgroups->dfl_cgrp)) {
        return actor;
    }
    const __u64* creator = bpf_map_lookup_elem(&creators, &key);
    if (creator) {
        return *creator;
    }
    const struct fwlearn_socket* socket = bpf_sk_storage_get(&sockets, sk, NULL, 0);
    return socket ? socket->creator : 0;
}

/* All of a connected socket's key, where the kernel's own structure is at hand: one whose type the verifier
 * knows, so that its members are loads. */
static __always_inline void set_peer(struct fwlearn_flow_key* key, struct sock* sk) {
    const struct net* net = sk->__sk_common.skc_net.net;
    key->netns = net ? net->net_cookie : 0;
    key->destination_port = bpf_ntohs(sk->__sk_common.skc_dport);
    key->source_port = sk->__sk_common.skc_num;
    key->protocol = (__u8)sk->sk_protocol;
    if (sk->__sk_common.skc_family == AF_INET) {
        set_ipv4(key->destination, sk->__sk_common.skc_daddr);
    } else {
        BPF_CORE_READ_INTO(&key->destination, sk, __sk_common.skc_v6_daddr);
    }
}

/* A connection's first packet, while whoever makes the connection is still at it and has the socket's lock: a
 * process in connect(2), or in sendmsg(2) for TCP Fast Open, or the kernel, for a file system or a subflow of
 * MPTCP. Repeated by a timer it was filed before, and who runs is anybody: so is a worker of the kernel's
 * that passes a process's packet on (IPsec). */
static __always_inline void file_connection(struct sock* sk) {
    if (sk->sk_lock.owned == 0) {
        return;
    }
    struct fwlearn_flow_key key = {};
    set_peer(&key, sk);
    if (key.netns != own_netns) {
        return;
    }
    const __u64 actor = running();
    const struct socket* held = sk->sk_socket;
    if (actor == FWLEARN_SENDER_KERNEL && held && held->file) {
        return;
    }
    file_once(&key, actor, creator_of(sk, actor));
}

static __always_inline void first_leaving(struct bpf_sock* sk) {
    struct sock* full = (struct sock*)bpf_skc_to_tcp_sock(sk);
    if (full) {
        file_connection(full);
    }
}

#endif
