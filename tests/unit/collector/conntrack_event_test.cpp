// What conntrack says of a flow's end, as the kernel writes it.
#include <arpa/inet.h>
#include <conntrack_event.hpp>
#include <doctest/doctest.h>
#include <endian.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include <array>
#include <functional>
#include <vector>

using namespace fwlearn;
using namespace fwlearn::collector;

namespace {

/// Attributes, as libmnl lays them out.
class Message {
  public:
    Message() { mnl_nlmsg_put_header(memory_.data()); }

    void nest(std::uint16_t type, const std::function<void()>& inside) {
        auto* const start = mnl_attr_nest_start(header(), type);
        inside();
        mnl_attr_nest_end(header(), start);
    }
    void u8(std::uint16_t type, std::uint8_t value) { mnl_attr_put_u8(header(), type, value); }
    void u16(std::uint16_t type, std::uint16_t value) { mnl_attr_put_u16(header(), type, htons(value)); }
    void u32(std::uint16_t type, std::uint32_t value) { mnl_attr_put_u32(header(), type, htonl(value)); }
    void u64(std::uint16_t type, std::uint64_t value) { mnl_attr_put_u64(header(), type, htobe64(value)); }
    void address(std::uint16_t type, const char* text) {
        const auto parsed = model::Address::parse(text).value();
        mnl_attr_put(header(), type, parsed.octets().size(), parsed.octets().data());
    }
    /// A tuple of `protocol`, of which `more` says the rest.
    void tuple(std::uint16_t type, const char* from, const char* to, std::uint8_t protocol,
               const std::function<void()>& more) {
        const bool ipv6 = model::Address::parse(from)->family() == model::Family::ipv6;
        nest(type, [&] {
            nest(CTA_TUPLE_IP, [&] {
                address(ipv6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, from);
                address(ipv6 ? CTA_IP_V6_DST : CTA_IP_V4_DST, to);
            });
            nest(CTA_TUPLE_PROTO, [&] {
                u8(CTA_PROTO_NUM, protocol);
                more();
            });
        });
    }
    void ports(std::uint16_t type, const char* from, std::uint16_t source, const char* to,
               std::uint16_t destination, std::uint8_t protocol) {
        tuple(type, from, to, protocol, [&] {
            u16(CTA_PROTO_SRC_PORT, source);
            u16(CTA_PROTO_DST_PORT, destination);
        });
    }
    void counters(std::uint16_t type, std::uint64_t packets, std::uint64_t bytes) {
        nest(type, [&] {
            u64(CTA_COUNTERS_PACKETS, packets);
            u64(CTA_COUNTERS_BYTES, bytes);
        });
    }

    [[nodiscard]] std::span<const std::uint8_t> attributes() {
        return {static_cast<const std::uint8_t*>(mnl_nlmsg_get_payload(header())),
                mnl_nlmsg_get_payload_len(header())};
    }

  private:
    [[nodiscard]] nlmsghdr* header() {
        return reinterpret_cast<nlmsghdr*>(memory_.data()); // NOLINT: netlink's own layout
    }

    alignas(nlmsghdr) std::array<char, 1024> memory_{};
};

/// A TCP connection that was answered, of which everything is told.
Message whole(std::uint8_t state) {
    Message message;
    message.ports(CTA_TUPLE_ORIG, "192.0.2.10", 40000, "198.51.100.7", 443, 6);
    message.ports(CTA_TUPLE_REPLY, "10.9.9.9", 8443, "192.0.2.10", 40000, 6); // after a NAT
    message.u32(CTA_STATUS, IPS_SEEN_REPLY | IPS_CONFIRMED);
    message.u32(CTA_TIMEOUT, 10);
    message.nest(CTA_PROTOINFO, [&] {
        message.nest(CTA_PROTOINFO_TCP, [&] { message.u8(CTA_PROTOINFO_TCP_STATE, state); });
    });
    message.counters(CTA_COUNTERS_ORIG, 3, 0x1'0000'0001);
    message.counters(CTA_COUNTERS_REPLY, 2, 900);
    message.u32(CTA_ID, 0xdeadbeef);
    return message;
}

Tuple udp(const char* from, std::uint16_t source, const char* to, std::uint16_t destination) {
    return {*model::Address::parse(from),
            {model::Service::port(model::protocol::udp, destination), *model::Address::parse(to)},
            source};
}

} // namespace

TEST_CASE("an event is the flow's original tuple, its number, its answer and its counters") {
    const auto entry = read_conntrack_event(whole(TCP_CONNTRACK_TIME_WAIT).attributes());
    REQUIRE(entry);
    CHECK(entry->tuple.source == *model::Address::parse("192.0.2.10"));
    CHECK(entry->tuple.source_detail == 40000);
    CHECK(entry->tuple.destination.address == *model::Address::parse("198.51.100.7"));
    CHECK(entry->tuple.destination.service == model::Service::port(model::protocol::tcp, 443));
    CHECK(entry->id == 0xdeadbeef);
    CHECK(entry->seen_reply);
    CHECK_FALSE(entry->tcp_closed);
    CHECK(entry->tcp_ending);
    CHECK(entry->traffic == Traffic{3, 0x1'0000'0001, 2, 900});
}

TEST_CASE("TCP's state tells what was reset and what is ending") {
    const auto of = [](std::uint8_t state) {
        const auto entry = read_conntrack_event(whole(state).attributes()).value();
        return std::pair(entry.tcp_closed, entry.tcp_ending);
    };
    CHECK(of(TCP_CONNTRACK_SYN_SENT) == std::pair(false, false));
    CHECK(of(TCP_CONNTRACK_ESTABLISHED) == std::pair(false, false));
    CHECK(of(TCP_CONNTRACK_FIN_WAIT) == std::pair(false, true));
    CHECK(of(TCP_CONNTRACK_CLOSE) == std::pair(true, true));
}

TEST_CASE("what an event does not tell is not known: no answer, no counters") {
    Message message;
    message.ports(CTA_TUPLE_ORIG, "2001:db8::1", 5353, "2001:db8::2", 53, 17);
    const auto entry = read_conntrack_event(message.attributes());
    REQUIRE(entry);
    CHECK(entry->tuple == udp("2001:db8::1", 5353, "2001:db8::2", 53));
    CHECK(entry->id == 0);
    CHECK_FALSE(entry->seen_reply);
    CHECK_FALSE(entry->tcp_ending);
    CHECK(entry->traffic == Traffic());
}

TEST_CASE("ICMP has a type, a code and an identifier, and other protocols have nothing") {
    Message echo;
    echo.tuple(CTA_TUPLE_ORIG, "192.0.2.10", "198.51.100.7", 1, [&] {
        echo.u16(CTA_PROTO_ICMP_ID, 77);
        echo.u8(CTA_PROTO_ICMP_TYPE, 8);
        echo.u8(CTA_PROTO_ICMP_CODE, 0);
    });
    auto entry = read_conntrack_event(echo.attributes());
    REQUIRE(entry);
    CHECK(entry->tuple.destination.service == model::Service::icmp(model::protocol::icmp, 8, 0));
    CHECK(entry->tuple.source_detail == 77);

    Message echo_v6;
    echo_v6.tuple(CTA_TUPLE_ORIG, "2001:db8::1", "2001:db8::2", 58, [&] {
        echo_v6.u16(CTA_PROTO_ICMPV6_ID, 78);
        echo_v6.u8(CTA_PROTO_ICMPV6_TYPE, 128);
        echo_v6.u8(CTA_PROTO_ICMPV6_CODE, 0);
    });
    entry = read_conntrack_event(echo_v6.attributes());
    REQUIRE(entry);
    CHECK(entry->tuple.destination.service == model::Service::icmp(model::protocol::icmpv6, 128, 0));
    CHECK(entry->tuple.source_detail == 78);

    Message gre; // whose key conntrack has where others have ports
    gre.ports(CTA_TUPLE_ORIG, "192.0.2.10", 0, "198.51.100.7", 5, 47);
    entry = read_conntrack_event(gre.attributes());
    REQUIRE(entry);
    CHECK(entry->tuple.destination.service == model::Service{{47}, 0});
    CHECK(entry->tuple.source_detail == 0);
}

TEST_CASE("an event that is cut off anywhere, or without addresses, says nothing that is not in it") {
    auto message = whole(TCP_CONNTRACK_CLOSE);
    const auto entire = message.attributes();
    const auto entry = read_conntrack_event(entire).value();
    std::size_t with_tuple = 0;
    for (std::size_t length = 0; length < entire.size(); ++length) {
        if (const auto cut = read_conntrack_event(entire.first(length))) {
            REQUIRE(cut->tuple == entry.tuple);
            ++with_tuple;
        }
    }
    CHECK(with_tuple > 0);
    CHECK(with_tuple < entire.size());

    Message without;
    without.nest(CTA_TUPLE_ORIG, [&] {
        without.nest(CTA_TUPLE_IP, [&] { without.address(CTA_IP_V4_SRC, "192.0.2.10"); });
        without.nest(CTA_TUPLE_PROTO, [&] { without.u8(CTA_PROTO_NUM, 17); });
    });
    CHECK_FALSE(read_conntrack_event(without.attributes()));
    Message mixed;
    mixed.nest(CTA_TUPLE_ORIG, [&] {
        mixed.nest(CTA_TUPLE_IP, [&] {
            mixed.address(CTA_IP_V4_SRC, "192.0.2.10");
            mixed.address(CTA_IP_V6_DST, "2001:db8::2");
        });
    });
    CHECK_FALSE(read_conntrack_event(mixed.attributes()));
    Message odd; // two octets are no address
    odd.nest(CTA_TUPLE_ORIG, [&] {
        odd.nest(CTA_TUPLE_IP, [&] {
            odd.u16(CTA_IP_V4_SRC, 1);
            odd.address(CTA_IP_V4_DST, "192.0.2.10");
        });
    });
    CHECK_FALSE(read_conntrack_event(odd.attributes()));
}
