/* Where the kernel enters the programs that both sets have alike. Included last, by a file that defines
 * SOCKET (what it keeps at a socket), sending(), first_leaving() (a SYN), has_just_filed() and
 * file_datagram(). */
#ifndef FWLEARN_ENTRIES_H
#define FWLEARN_ENTRIES_H

SEC("cgroup/sendmsg4")
int sendmsg4(struct bpf_sock_addr* ctx) {
    return sending(ctx, false);
}

SEC("cgroup/sendmsg6")
int sendmsg6(struct bpf_sock_addr* ctx) {
    return sending(ctx, true);
}

/* Everything else that a user's socket sends: connected datagrams, ping and raw sockets. */
SEC("cgroup_skb/egress")
int leaving(struct __sk_buff* ctx) {
    struct bpf_sock* sk = ctx->sk;
    if (!sk) {
        return 1;
    }
    sk = bpf_sk_fullsock(sk);
    if (!sk) {
        return 1;
    }
    if (sk->protocol == IPPROTO_TCP) {
        if (sk->state == TCP_SYN_SENT) {
            first_leaving(sk);
        }
        return 1;
    }
    SOCKET* socket = bpf_sk_storage_get(&sockets, sk, NULL, 0);
    if (!socket) {
        return 1;
    }
    struct fwlearn_flow_key key = {.netns = socket->netns};
    /* What goes elsewhere through a connected socket has an address of its own, and was filed by sendmsg. */
    if (set_connected(&key, sk)) {
        file_datagram(socket, &key);
        return 1;
    }
    if (!key_of_packet(ctx, load_leaving, &key)) {
        return 1;
    }
    /* So was what goes where sendmsg was told to, and no other program has sent elsewhere. */
    if (!sends_by_address(sk) || !same_key(&socket->filed, &key)) {
        file_datagram(socket, &key);
    }
    return 1;
}

#endif
