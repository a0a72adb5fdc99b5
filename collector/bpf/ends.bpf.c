/* What conntrack tells of connections' ends, on its way into the collector's socket: the kernel has built the
 * message by then, and what is dear is to queue each by itself and to receive it. So it is copied into a ring
 * that the collector has in its own memory, and dropped; where there is no room they go the usual way.
 * Loaded by collector/ends_ring.cpp. */
#include "kernel_types.h"
#include "shapes.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <linux/bpf.h>

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

/* The size of a reservation must be known when the program is loaded. */
#define KEEP(room)                                                                                           \
    {                                                                                                        \
        struct fwlearn_end_##room* end = bpf_ringbuf_reserve(&ends, sizeof(*end), 0);                        \
        if (!end) {                                                                                          \
            return overflow();                                                                               \
        }                                                                                                    \
        if (bpf_skb_load_bytes(skb, 0, end->message, length) != 0) {                                         \
            bpf_ringbuf_discard(end, 0);                                                                     \
            return overflow();                                                                               \
        }                                                                                                    \
        end->length = length;                                                                                \
        bpf_ringbuf_submit(end, 0);                                                                          \
        return DROP;                                                                                         \
    }

SEC("socket")
int keep_end(struct __sk_buff* skb) {
    const __u32 length = skb->len;
    if (length == 0 || sender_of(skb) != 0 || *(volatile __u32*)&overflowed) {
        return DELIVER;
    }
    if (length <= FWLEARN_END_SMALL) {
        KEEP(small)
    }
    if (length <= FWLEARN_END_LARGE) {
        KEEP(large)
    }
    return overflow();
}
