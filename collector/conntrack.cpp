#include "collector/conntrack.hpp"

#include "conntrack_event.hpp"
#include "ends_ring.hpp"
#include "netlink.hpp"

#include <arpa/inet.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <utility>

namespace fwlearn::collector {
namespace {

struct DestroyEntry {
    void operator()(nf_conntrack* entry) const { nfct_destroy(entry); }
};

constexpr const char* purpose = "cannot read the kernel's connection tracking (needs root or CAP_NET_ADMIN)";
constexpr const char* absent = "cannot read the kernel's connection tracking: this kernel has no "
                               "nf_conntrack_netlink module (`modprobe nf_conntrack_netlink` says why)";

std::optional<model::Address> address_of(const nf_conntrack* entry, bool ipv6, nf_conntrack_attr v4,
                                         nf_conntrack_attr v6) {
    const auto* octets = static_cast<const std::uint8_t*>(nfct_get_attr(entry, ipv6 ? v6 : v4));
    if (octets == nullptr) {
        return std::nullopt;
    }
    return model::Address::from_octets({octets, ipv6 ? std::size_t{16} : std::size_t{4}});
}

std::optional<Tuple> tuple_of(const nf_conntrack* entry) {
    const bool ipv6 = nfct_get_attr_u8(entry, ATTR_ORIG_L3PROTO) == AF_INET6;
    const auto source = address_of(entry, ipv6, ATTR_ORIG_IPV4_SRC, ATTR_ORIG_IPV6_SRC);
    const auto destination = address_of(entry, ipv6, ATTR_ORIG_IPV4_DST, ATTR_ORIG_IPV6_DST);
    if (!source || !destination) {
        return std::nullopt;
    }
    const model::Protocol protocol{nfct_get_attr_u8(entry, ATTR_ORIG_L4PROTO)};
    Tuple tuple{*source, {{protocol, 0}, *destination}, 0};
    if (protocol.has_ports()) {
        tuple.source_detail = ntohs(nfct_get_attr_u16(entry, ATTR_ORIG_PORT_SRC));
        tuple.destination.service.detail = ntohs(nfct_get_attr_u16(entry, ATTR_ORIG_PORT_DST));
    } else if (protocol.is_icmp()) {
        tuple.source_detail = ntohs(nfct_get_attr_u16(entry, ATTR_ICMP_ID));
        tuple.destination.service = model::Service::icmp(protocol, nfct_get_attr_u8(entry, ATTR_ICMP_TYPE),
                                                         nfct_get_attr_u8(entry, ATTR_ICMP_CODE));
    }
    return tuple;
}

std::uint64_t counter(const nf_conntrack* entry, nf_conntrack_attr attribute) {
    return nfct_attr_is_set(entry, attribute) > 0 ? nfct_get_attr_u64(entry, attribute) : 0;
}

std::optional<ConntrackEntry> parse(const nlmsghdr* message) {
    const std::unique_ptr<nf_conntrack, DestroyEntry> parsed(nfct_new());
    if (!parsed || nfct_nlmsg_parse(message, parsed.get()) < 0) {
        return std::nullopt;
    }
    const nf_conntrack* entry = parsed.get();
    const auto tuple = tuple_of(entry);
    if (!tuple) {
        return std::nullopt;
    }
    ConntrackEntry result;
    result.tuple = *tuple;
    result.id = nfct_get_attr_u32(entry, ATTR_ID);
    result.seen_reply = (nfct_get_attr_u32(entry, ATTR_STATUS) & IPS_SEEN_REPLY) != 0;
    if (nfct_attr_is_set(entry, ATTR_TCP_STATE) > 0) {
        take_tcp_state(result, nfct_get_attr_u8(entry, ATTR_TCP_STATE));
    }
    result.traffic.packets_out = counter(entry, ATTR_ORIG_COUNTER_PACKETS);
    result.traffic.bytes_out = counter(entry, ATTR_ORIG_COUNTER_BYTES);
    result.traffic.packets_in = counter(entry, ATTR_REPL_COUNTER_PACKETS);
    result.traffic.bytes_in = counter(entry, ATTR_REPL_COUNTER_BYTES);
    return result;
}

std::optional<ConntrackEntry> read_event(const nlmsghdr* message) {
    const auto* payload = static_cast<const std::uint8_t*>(mnl_nlmsg_get_payload(message));
    const std::span octets(payload, mnl_nlmsg_get_payload_len(message));
    if (octets.size() < sizeof(nfgenmsg)) {
        return std::nullopt;
    }
    return read_conntrack_event(octets.subspan(sizeof(nfgenmsg)));
}

void dump(std::uint16_t question, const netlink::Handler& handler) {
    const auto socket = netlink::open(NETLINK_NETFILTER, 0, purpose);
    std::array<char, 256> request{};
    auto* header = mnl_nlmsg_put_header(request.data());
    header->nlmsg_type = static_cast<std::uint16_t>((NFNL_SUBSYS_CTNETLINK << 8U) | question);
    header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    auto* general = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(header, sizeof(nfgenmsg)));
    general->nfgen_family = AF_UNSPEC;
    general->version = NFNETLINK_V0;
    try {
        netlink::dump(socket.get(), header, purpose, handler);
    } catch (const model::SystemError& error) {
        // What the kernel says of a subsystem that is not there, after it has tried to load the module
        // (nfnetlink_rcv_msg() in net/netfilter/nfnetlink.c).
        if (error.error_number() == EINVAL) {
            throw model::SystemError(absent);
        }
        throw;
    }
}

} // namespace

static_assert(netlink::Inbox::messages <= FlowTracker::together);

struct ConntrackEvents::State {
    netlink::Socket socket = netlink::open(NETLINK_NETFILTER, NF_NETLINK_CONNTRACK_DESTROY, purpose);
    netlink::Inbox inbox;
    std::unique_ptr<EndsRing> ring; ///< nothing where the kernel has none
    std::uint64_t by_ring = 0;
    bool socket_first = false; ///< something may have come there just before the ring could be used again
    std::vector<ConntrackEntry> ended; ///< of the last read
    std::size_t socket_buffer = 0;
};

ConntrackEvents::ConntrackEvents() : state_(std::make_unique<State>()) {
    state_->socket_buffer = netlink::enlarge_buffer(fd());
    // Without conntrack one subscribes to its events all the same (nfnetlink_bind()), and waits for ever. So
    // something is asked of it, and that which is the least work: one message for each CPU.
    conntrack_statistics();
    state_->ring = EndsRing::at(fd());
}

ConntrackEvents::~ConntrackEvents() = default;

int ConntrackEvents::fd() const {
    return mnl_socket_get_fd(state_->socket.get());
}

int ConntrackEvents::ring_fd() const {
    return state_->ring ? state_->ring->fd() : -1;
}

std::uint64_t ConntrackEvents::by_ring() const {
    return state_->by_ring;
}

std::size_t ConntrackEvents::buffer() const {
    return state_->socket_buffer;
}

std::uint32_t ConntrackEvents::drops() const {
    return netlink::drops(fd());
}

ReadResult ConntrackEvents::read(const std::function<void(std::span<const ConntrackEntry>)>& handler) {
    ReadResult result;
    state_->ended.clear();
    const auto on_message = [&](const nlmsghdr* message) {
        ++result.messages;
        constexpr auto destroyed = NFNL_SUBSYS_CTNETLINK << 8U | IPCTNL_MSG_CT_DELETE;
        const auto entry = message->nlmsg_type == destroyed ? read_event(message) : std::nullopt;
        if (entry) {
            state_->ended.push_back(*entry);
        } else {
            ++result.malformed;
        }
    };
    const auto on_data = [&](std::span<const char> data) {
        netlink::for_each_message(data, purpose, on_message);
    };
    if (state_->ring && !std::exchange(state_->socket_first, false)) {
        const EndsRing::Handler from_ring{[&](const ConntrackEntry& entry) {
                                              ++result.messages;
                                              state_->ended.push_back(entry);
                                          },
                                          on_data};
        if (const auto count = state_->ring->read(netlink::Inbox::messages, from_ring); count > 0) {
            state_->by_ring += count;
            handler(state_->ended);
            result.more = true;
            return result;
        }
    }
    // What had no room in the ring, and what is not the kernel's.
    const auto brought = state_->inbox.receive(fd(), on_data);
    handler(state_->ended);
    if (state_->ring && !brought.more && state_->ring->has_overflowed()) {
        state_->ring->resume();
        state_->socket_first = true;
    }
    result.more = brought.more || state_->socket_first;
    result.overrun = brought.overrun;
    result.forged = brought.forged;
    result.malformed += brought.too_long;
    return result;
}

bool conntrack_events_are_off() {
    std::ifstream setting("/proc/sys/net/netfilter/nf_conntrack_events");
    return setting.get() == '0';
}

ConntrackStatistics conntrack_statistics() {
    ConntrackStatistics sum;
    const auto add = [](const nlattr* attribute, void* to) {
        auto& all = *static_cast<ConntrackStatistics*>(to);
        const std::uint32_t value =
            mnl_attr_validate(attribute, MNL_TYPE_U32) < 0 ? 0 : ntohl(mnl_attr_get_u32(attribute));
        switch (mnl_attr_get_type(attribute)) {
        case CTA_STATS_DROP:
            all.dropped += value;
            break;
        case CTA_STATS_EARLY_DROP:
            all.early_dropped += value;
            break;
        case CTA_STATS_INSERT_FAILED:
            all.insert_failed += value;
            break;
        default:
            break;
        }
        return MNL_CB_OK;
    };
    dump(IPCTNL_MSG_CT_GET_STATS_CPU, [&sum, add](const nlmsghdr* message) { // one for each CPU
        mnl_attr_parse(message, sizeof(nfgenmsg), add, &sum);
    });
    return sum;
}

void dump_conntrack(const std::function<void(const ConntrackEntry&)>& handler) {
    dump(IPCTNL_MSG_CT_GET, [&handler](const nlmsghdr* message) {
        if (const auto entry = parse(message)) {
            handler(*entry);
        }
    });
}

} // namespace fwlearn::collector
