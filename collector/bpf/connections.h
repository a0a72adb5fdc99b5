/* Who makes a TCP connection, and who made its socket. The socket keeps nothing: its file keeps the
 * credentials of whoever made it, by which its maker is found in `creators`; and who calls connect(2) is in
 * `connections`, by the socket's cookie, until the first SYN leaves, which files both. Included by
 * attribution.bpf.c. */
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
        is_as_filed(node, task) && *(volatile __u64*)&last_id - node->sender_used < FWLEARN_SENDERS / 16) {
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

static __always_inline __u64 cgroup_id(const struct cgroup* cgroup) {
    const struct kernfs_node* kernfs = cgroup ? cgroup->kn : NULL;
    return kernfs ? kernfs->id : 0;
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

static __always_inline struct fwlearn_connecting* connection_at(__u64 cookie) {
    const __u32 index = (__u32)((cookie * 0x9e3779b97f4a7c15ULL) >> 32) & (FWLEARN_CONNECTING - 1);
    return bpf_map_lookup_elem(&connections, &index);
}

static __always_inline __u64 check_of(const struct fwlearn_connecting* connection) {
    return (connection->cookie ^ connection->actor * 0x9e3779b97f4a7c15ULL) * 0xc2b2ae3d27d4eb4fULL ^
           connection->creator;
}

static __always_inline void tcp_connecting_to(struct bpf_sock_addr* ctx, struct bpf_sock* sk) {
    struct sock* full = (struct sock*)bpf_skc_to_tcp_sock(sk);
    if (!full) {
        return;
    }
    struct fwlearn_connecting connection = {.cookie = bpf_get_socket_cookie(ctx), .actor = running()};
    connection.creator = creator_of(full, connection.actor);
    connection.check = check_of(&connection);
    struct fwlearn_connecting* place = connection_at(connection.cookie);
    if (place) {
        *place = connection;
    }
}

/* A connection's first packet, or that again. */
static __always_inline void file_connection(struct sock* sk, const struct fwlearn_flow_key* key) {
    const __u64 cookie = sk->__sk_common.skc_cookie.counter;
    struct fwlearn_connecting* place = connection_at(cookie);
    if (cookie != 0 && place) {
        const struct fwlearn_connecting connection = *place;
        if (connection.cookie == ~cookie) {
            return; /* filed already */
        }
        if (connection.cookie == cookie && connection.check == check_of(&connection)) {
            *(volatile __u64*)&place->cookie = ~cookie;
            file_once(key, connection.actor, connection.creator);
            return;
        }
    }
    /* A socket of the kernel's own (a subflow of MPTCP, a file system's connection), or long after connect(2)
     * (TCP Fast Open). While a process has the socket to itself it is the one that runs. */
    if (sk->sk_lock.owned != 0) {
        const __u64 actor = running();
        file_once(key, actor, creator_of(sk, actor));
    }
}

static __always_inline void first_leaving(struct bpf_sock* sk) {
    struct sock* full = (struct sock*)bpf_skc_to_tcp_sock(sk);
    if (!full) {
        return;
    }
    const struct net* net = full->__sk_common.skc_net.net;
    struct fwlearn_flow_key key = {.netns = net ? net->net_cookie : 0};
    set_ends(&key, sk);
    file_connection(full, &key);
}

#endif
