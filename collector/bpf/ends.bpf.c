/* What conntrack tells of connections' ends, on its way into the collector's socket: the kernel has built the
 * message by then, and what is dear is to queue each by itself and to receive it. So what the collector wants
 * of it is put into a ring that it has in its own memory, and the message is dropped; where there is no room
 * they go the usual way. A message that is not of the form that TCP's and UDP's have
 * (ctnetlink_conntrack_event(), ctnetlink_dump_tuples() and nf_ct_port_tuple_to_nlattr() of net/netfilter) is
 * put there as it is, and understood by the collector. Loaded by collector/ends_ring.cpp. */
#include "kernel_types.h"
#include "shapes.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <linux/bpf.h>
#include <linux/in.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>

char LICENSE[] SEC("license") = "GPL";

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, FWLEARN_ENDS_SIZE);
} ends SEC(".maps");

#define DELIVER 0xffffffffU /* all of it, into the socket */
#define DROP 0

/* From the first that had no room on all go by the socket, until the collector has read that empty: so none
 * overtakes another. */
__u32 overflowed = 0;

static __always_inline int overflow(void) {
    *(volatile __u32*)&overflowed = 1;
    return DELIVER;
}

/* Of a message that some process sent, its port; 0 is the kernel's (netlink(7)). */
static __always_inline __u32 sender_of(struct __sk_buff* context) {
    const struct sk_buff* skb = (const struct sk_buff*)context;
    const struct netlink_skb_parms* parameters = (const struct netlink_skb_parms*)&skb->cb[0];
    __u32 port = 1;
    bpf_core_read(&port, sizeof(port), &parameters->portid);
    return port;
}

struct head {
    struct nlmsghdr message;
    struct nfgenmsg general;
};

/* CTA_PROTO_NUM and the ports behind it. */
struct ports {
    struct nlattr nest, number;
    __u8 protocol, padding[3];
    struct nlattr source;
    __be16 source_port, source_padding;
    struct nlattr destination;
    __be16 destination_port, destination_padding;
};
struct tuple_v4 {
    struct nlattr nest, addresses, source;
    __u8 from[4];
    struct nlattr destination;
    __u8 to[4];
    struct ports ports;
};
struct tuple_v6 {
    struct nlattr nest, addresses, source;
    __u8 from[16];
    struct nlattr destination;
    __u8 to[16];
    struct ports ports;
};
/* What each message begins with: one load of all of it costs what one of a single attribute does. */
struct number {
    struct nlattr attribute;
    __u8 value[4];
};
struct beginning_v4 {
    struct head head;
    struct tuple_v4 original;
    struct tuple_v4 reply;
    struct number id, status;
};
struct beginning_v6 {
    struct head head;
    struct tuple_v6 original;
    struct tuple_v6 reply;
    struct number id, status;
};
struct counters {
    struct nlattr nest, packets;
    __u8 packets_value[8];
    struct nlattr bytes;
    __u8 bytes_value[8];
};
struct state {
    struct nlattr nest, of_protocol, state;
    __u8 value, padding[3];
};

#define TYPE(attribute) ((attribute).nla_type & NLA_TYPE_MASK)
/* With a value of so many octets. */
#define IS(attribute, type, octets)                                                                          \
    (TYPE(attribute) == (type) && (attribute).nla_len == NLA_HDRLEN + (octets))
/* What a nest has in it after its own head. */
#define INSIDE(whole) (sizeof(whole) - NLA_HDRLEN)

static __always_inline bool take_ports(const struct ports* ports, struct fwlearn_end* end) {
    if (!IS(ports->nest, CTA_TUPLE_PROTO, INSIDE(*ports)) || !IS(ports->number, CTA_PROTO_NUM, 1) ||
        !IS(ports->source, CTA_PROTO_SRC_PORT, 2) || !IS(ports->destination, CTA_PROTO_DST_PORT, 2)) {
        return false;
    }
    if (ports->protocol != IPPROTO_TCP && ports->protocol != IPPROTO_UDP) {
        return false;
    }
    end->protocol = ports->protocol;
    end->source_port = ports->source_port;
    end->destination_port = ports->destination_port;
    return true;
}

/* A cursor in the message, and what was found so far. */
struct reading {
    struct fwlearn_end end;
    __u32 at;
    __u32 length;
};

/* 0, which the verifier is not to know: it would look at what follows once more for each set of members that
 * are still 0, and Linux 6.1 gives up at a million instructions. For the same reason they are written by a
 * helper, or by octets. */
volatile __u64 nothing = 0;

static __always_inline void begin(struct fwlearn_end* end) {
    end->packets_out = nothing;
    end->bytes_out = nothing;
    end->packets_in = nothing;
    end->bytes_in = nothing;
    __u64* const rest = (void*)&end->id;
    rest[0] = nothing;
    rest[1] = nothing;
}

/* Where to go on: behind the beginning, of which the reply's tuple is not wanted, or else behind the first
 * tuple, as where there is another than the default zone. */
static __always_inline void take_numbers(const struct nlattr* reply, const struct number* id,
                                         const struct number* status, __u32 tuple, struct reading* reading) {
    reading->at = (__u32)nothing + sizeof(struct head) + tuple;
    if (IS(*reply, CTA_TUPLE_REPLY, tuple - NLA_HDRLEN) && IS(id->attribute, CTA_ID, 4) &&
        IS(status->attribute, CTA_STATUS, 4)) {
        __builtin_memcpy(&reading->end.id, id->value, sizeof(id->value));
        __builtin_memcpy(&reading->end.status, status->value, sizeof(status->value));
        reading->at += tuple + 2 * sizeof(struct number);
    }
}

/* What is behind the beginning. False: it is not as TCP's and UDP's are. */
static __always_inline bool take_rest(struct __sk_buff* skb, struct reading* reading) {
    struct fwlearn_end* const end = &reading->end;
    /* The kernel writes nine at most of which none is there twice. */
    for (int index = 0; index < 12; ++index) {
        const __u32 at = reading->at & 0x1ffU;
        if (at + NLA_HDRLEN > reading->length) {
            return at == reading->length;
        }
        struct nlattr head = {};
        if (bpf_skb_load_bytes(skb, at, &head, sizeof(head)) != 0) {
            return false;
        }
        const __u32 octets = head.nla_len;
        if (octets < NLA_HDRLEN || at + octets > reading->length) {
            return false;
        }
        const __u32 type = TYPE(head);
        if (type == CTA_ID || type == CTA_STATUS) {
            if (octets != NLA_HDRLEN + sizeof(end->id) ||
                bpf_skb_load_bytes(skb, at + NLA_HDRLEN, type == CTA_ID ? &end->id : &end->status,
                                   sizeof(end->id)) != 0) {
                return false;
            }
        } else if (type == CTA_COUNTERS_ORIG || type == CTA_COUNTERS_REPLY) {
            struct counters counters;
            if (octets != sizeof(counters) || bpf_skb_load_bytes(skb, at, &counters, sizeof(counters)) != 0 ||
                !IS(counters.packets, CTA_COUNTERS_PACKETS, 8) ||
                !IS(counters.bytes, CTA_COUNTERS_BYTES, 8)) {
                return false;
            }
            const bool out = type == CTA_COUNTERS_ORIG;
            __builtin_memcpy(out ? &end->packets_out : &end->packets_in, counters.packets_value, 8);
            __builtin_memcpy(out ? &end->bytes_out : &end->bytes_in, counters.bytes_value, 8);
        } else if (type == CTA_PROTOINFO) {
            struct state state;
            if (octets != sizeof(state) || bpf_skb_load_bytes(skb, at, &state, sizeof(state)) != 0 ||
                !IS(state.of_protocol, CTA_PROTOINFO_TCP, INSIDE(state) - NLA_HDRLEN) ||
                !IS(state.state, CTA_PROTOINFO_TCP_STATE, 1)) {
                return false;
            }
            end->tcp_state = state.value;
        } else if (type == CTA_TUPLE_ORIG) {
            return false;
        }
        reading->at = at + ((octets + 3U) & ~3U);
    }
    return false;
}

/* No message of netfilter's is shorter. The verifier of Linux 6.1 does not remember of a length that it is
 * not 0, but that it is not less than something, if the compiler does not make one question of both. */
static __always_inline int keep_whole(struct __sk_buff* skb, __u32 length) {
    if (length > FWLEARN_END_LONGEST) {
        return overflow();
    }
    asm volatile("" : "+r"(length));
    if (length < sizeof(struct head)) {
        return overflow();
    }
    struct fwlearn_end_whole* whole = bpf_ringbuf_reserve(&ends, sizeof(*whole), 0);
    if (!whole) {
        return overflow();
    }
    if (bpf_skb_load_bytes(skb, 0, whole->message, length) != 0) {
        bpf_ringbuf_discard(whole, 0);
        return overflow();
    }
    whole->length = length;
    bpf_ringbuf_submit(whole, 0);
    return DROP;
}

SEC("socket")
int keep_end(struct __sk_buff* skb) {
    const __u32 length = skb->len;
    if (length == 0 || sender_of(skb) != 0 || *(volatile __u32*)&overflowed) {
        return DELIVER;
    }
    /* Both begin alike, with what is in the head and behind it. */
    union {
        struct beginning_v4 v4;
        struct beginning_v6 v6;
    } message;
    const struct head* const head = &message.v4.head;
    if (length > FWLEARN_END_LONGEST || bpf_skb_load_bytes(skb, 0, &message.v4, sizeof(message.v4)) != 0 ||
        head->message.nlmsg_len != length ||
        head->message.nlmsg_type != (NFNL_SUBSYS_CTNETLINK << 8U | IPCTNL_MSG_CT_DELETE)) {
        return keep_whole(skb, length);
    }
    struct reading reading;
    reading.length = length;
    begin(&reading.end);
    const struct tuple_v4* const v4 = &message.v4.original;
    if (IS(v4->nest, CTA_TUPLE_ORIG, INSIDE(*v4))) {
        take_numbers(&message.v4.reply.nest, &message.v4.id, &message.v4.status, sizeof(*v4), &reading);
        if (!IS(v4->addresses, CTA_TUPLE_IP, 2 * (NLA_HDRLEN + 4)) || !IS(v4->source, CTA_IP_V4_SRC, 4) ||
            !IS(v4->destination, CTA_IP_V4_DST, 4) || !take_ports(&v4->ports, &reading.end) ||
            !take_rest(skb, &reading)) {
            return keep_whole(skb, length);
        }
        struct fwlearn_end_v4* const kept = bpf_ringbuf_reserve(&ends, sizeof(*kept), 0);
        if (!kept) {
            return overflow();
        }
        kept->end = reading.end;
        __builtin_memcpy(kept->source, v4->from, sizeof(kept->source));
        __builtin_memcpy(kept->destination, v4->to, sizeof(kept->destination));
        bpf_ringbuf_submit(kept, 0);
        return DROP;
    }
    if (bpf_skb_load_bytes(skb, 0, &message.v6, sizeof(message.v6)) != 0) {
        return keep_whole(skb, length);
    }
    const struct tuple_v6* const v6 = &message.v6.original;
    take_numbers(&message.v6.reply.nest, &message.v6.id, &message.v6.status, sizeof(*v6), &reading);
    if (!IS(v6->nest, CTA_TUPLE_ORIG, INSIDE(*v6)) ||
        !IS(v6->addresses, CTA_TUPLE_IP, 2 * (NLA_HDRLEN + 16)) || !IS(v6->source, CTA_IP_V6_SRC, 16) ||
        !IS(v6->destination, CTA_IP_V6_DST, 16) || !take_ports(&v6->ports, &reading.end) ||
        !take_rest(skb, &reading)) {
        return keep_whole(skb, length);
    }
    struct fwlearn_end_v6* const kept = bpf_ringbuf_reserve(&ends, sizeof(*kept), 0);
    if (!kept) {
        return overflow();
    }
    kept->end = reading.end;
    __builtin_memcpy(kept->source, v6->from, sizeof(kept->source));
    __builtin_memcpy(kept->destination, v6->to, sizeof(kept->destination));
    bpf_ringbuf_submit(kept, 0);
    return DROP;
}
