/* The key that a flow is filed under, from what each kind of hook is told. Needs no type information of the
 * kernel.
 */
#ifndef FWLEARN_FLOW_KEYS_H
#define FWLEARN_FLOW_KEYS_H

#include "key_words.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <linux/bpf.h>
#include <stdbool.h>

#define AF_INET 2
#define AF_INET6 10

/* A repeated datagram to the same place is filed again after this long: somebody else may have filed the same
 * key, or its entry have made room. Nanoseconds. */
#define FILE_AGAIN_AFTER 5000000000ULL

static __always_inline void set_ipv4(__u8* destination, __u32 address) {
    __builtin_memset(destination, 0, 10);
    destination[10] = 0xff;
    destination[11] = 0xff;
    __builtin_memcpy(destination + 12, &address, 4);
}

/* The context is read in words of four octets; the compiler must not join them (bpf(2): invalid context
 * access). */
#define SET_IPV6(destination, words)                                                                         \
    do {                                                                                                     \
        const __u32 octets[4] = {*(volatile __u32*)&(words)[0], *(volatile __u32*)&(words)[1],               \
                                 *(volatile __u32*)&(words)[2], *(volatile __u32*)&(words)[3]};              \
        __builtin_memcpy(destination, octets, sizeof(octets));                                               \
    } while (0)

struct ports {
    __u16 source;
    __u16 destination;
};
struct icmp_head {
    __u8 type;
    __u8 code;
    __u16 checksum;
    __u16 identifier;
};

#define IPPROTO_HOPOPTS 0
#define IPPROTO_ICMP 1
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_DCCP 33
#define IPPROTO_ICMPV6 58
#define IPPROTO_SCTP 132
#define IPPROTO_UDPLITE 136

#define TCP_SYN_SENT 2 /* include/net/tcp_states.h */

/* Of a datagram with an address of its own. */
static __always_inline void set_datagram(struct fwlearn_flow_key* key, struct bpf_sock_addr* ctx,
                                         struct bpf_sock* sk, bool ipv6) {
    if (ipv6) {
        SET_IPV6(key->destination, ctx->user_ip6);
    } else {
        set_ipv4(key->destination, ctx->user_ip4);
    }
    key->destination_port = bpf_ntohs((__u16)ctx->user_port);
    key->source_port = (__u16)sk->src_port;
    key->protocol = (__u8)ctx->protocol;
}

/* Of a TCP connection, before its first SYN. */
static __always_inline void set_connection(struct fwlearn_flow_key* key, struct bpf_sock_ops* ctx) {
    if (ctx->family == AF_INET6) {
        SET_IPV6(key->destination, ctx->remote_ip6);
    } else {
        set_ipv4(key->destination, ctx->remote_ip4);
    }
    key->destination_port = (__u16)bpf_ntohl(ctx->remote_port);
    key->source_port = (__u16)ctx->local_port;
    key->protocol = IPPROTO_TCP;
}

/* Of a connected socket: ports, and where its process sent it, not where destination NAT may have sent it
 * since. */
static __always_inline void set_ends(struct fwlearn_flow_key* key, struct bpf_sock* sk) {
    if (sk->family == AF_INET) {
        set_ipv4(key->destination, *(volatile __u32*)&sk->dst_ip4);
    } else {
        SET_IPV6(key->destination, sk->dst_ip6);
    }
    key->source_port = (__u16)sk->src_port;
    key->destination_port = bpf_ntohs((__u16)sk->dst_port);
    key->protocol = (__u8)sk->protocol;
}

/* Its datagrams go by sendmsg4 and sendmsg6 if they have an address of their own (udp_sendmsg() in
 * net/ipv4/udp.c). */
static __always_inline bool sends_by_address(const struct bpf_sock* sk) {
    return sk->protocol == IPPROTO_UDP || sk->protocol == IPPROTO_UDPLITE;
}

/* Of what a connected UDP socket sends. False where it is not connected. */
static __always_inline bool set_connected(struct fwlearn_flow_key* key, struct bpf_sock* sk) {
    if (!sends_by_address(sk) || (__u16)sk->dst_port == 0) {
        return false;
    }
    set_ends(key, sk);
    return true;
}

/* Copies octets of a packet, counted from its network header; not 0 where there are not so many. */
typedef long (*load_octets)(const void* packet, __u32 offset, void* to, __u32 size);

/* The heads are nearly always in the packet's own memory, where reading them is no call. */
static __always_inline long load_leaving(const void* ctx, __u32 offset, void* to, __u32 size) {
    const struct __sk_buff* skb = ctx;
    const void* from = (const void*)(long)skb->data + offset;
    if (from + size <= (const void*)(long)skb->data_end) {
        __builtin_memcpy(to, from, size);
        return 0;
    }
    return bpf_skb_load_bytes(ctx, offset, to, size);
}

/* All but the network namespace, from a packet; false where it has no key. */
static __always_inline bool key_of_packet(const void* packet, load_octets load,
                                          struct fwlearn_flow_key* key) {
    /* As long as the shortest header of IPv4: each read is a call. */
    __u32 head[5] = {};
    const __u8* octets = (const void*)head;
    if (load(packet, 0, head, sizeof(head)) != 0) {
        return false;
    }
    __u32 transport = 0;
    if (octets[0] >> 4 == 4) {
        key->protocol = octets[9];
        set_ipv4(key->destination, head[4]);
        transport = (octets[0] & 0x0f) * 4;
    } else {
        key->protocol = octets[6];
        if (load(packet, 24, key->destination, 16) != 0) {
            return false;
        }
        transport = 40;
        if (key->protocol == IPPROTO_HOPOPTS) {
            __u8 options[2] = {};
            if (load(packet, transport, options, 2) != 0) {
                return false;
            }
            key->protocol = options[0];
            transport += (options[1] + 1) * 8;
        }
    }
    switch (key->protocol) {
    case IPPROTO_UDP:
    case IPPROTO_UDPLITE:
    case IPPROTO_DCCP:
    case IPPROTO_SCTP:
    case IPPROTO_TCP: {
        struct ports ports = {};
        if (load(packet, transport, &ports, sizeof(ports)) != 0) {
            return false;
        }
        key->source_port = bpf_ntohs(ports.source);
        key->destination_port = bpf_ntohs(ports.destination);
        break;
    }
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6: {
        struct icmp_head icmp = {};
        if (load(packet, transport, &icmp, sizeof(icmp)) != 0) {
            return false;
        }
        key->source_port = bpf_ntohs(icmp.identifier);
        key->destination_port = (__u16)(icmp.type << 8 | icmp.code);
        break;
    }
    default:
        break;
    }
    return true;
}

#endif
