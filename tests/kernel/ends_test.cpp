// Does the BPF program that takes connections' ends out of conntrack's messages say of each what the
// collector's own reader says of it, of those that a kernel sends and of any others, and is none lost when
// there is no room?
#include "ground/conntrack.hpp"
#include "ground/endpoint.hpp"
#include "ground/failure.hpp"
#include "ground/forged.hpp"
#include "ground/netns.hpp"
#include "ground/process.hpp"
#include "ground/responder.hpp"
#include "ground/traffic.hpp"

#include <collector/flow_tracker.hpp>

#include <bpf/bpf.h>
#include <conntrack_event.hpp>
#include <doctest/doctest.h>
#include <ends_ring.hpp>
#include <linux/if_ether.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_compat.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netlink.hpp>
#include <network_order.hpp>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <set>

using namespace fwlearn;
using namespace fwlearn::kernel_test;
using collector::ConntrackEntry;
using collector::EndsRing;
namespace netlink = collector::netlink;
namespace protocol = model::protocol;

namespace fwlearn::collector {

/// All that there is in it.
static auto members(const ConntrackEntry& entry) {
    const auto& traffic = entry.traffic;
    return std::tuple(entry.tuple, entry.id, entry.seen_reply, entry.tcp_closed, entry.tcp_ending,
                      traffic.packets_out, traffic.bytes_out, traffic.packets_in, traffic.bytes_in);
}

static bool operator==(const ConntrackEntry& one, const ConntrackEntry& other) {
    return members(one) == members(other);
}

} // namespace fwlearn::collector

namespace {

using Message = std::vector<char>;

constexpr std::size_t heads = sizeof(nlmsghdr) + sizeof(nfgenmsg);
constexpr std::size_t longest = 500; ///< that the ring takes as it is

constexpr std::string_view digits = "0123456789abcdef";

std::string hexadecimal(const Message& message) {
    std::string text;
    for (const char octet : message) {
        const auto value = static_cast<unsigned char>(octet);
        text += digits.at(value >> 4U);
        text += digits.at(value & 0xfU);
    }
    return text;
}

template <typename Number>
Number number_at(const Message& message, std::size_t at) {
    Number number{};
    REQUIRE(at + sizeof number <= message.size());
    std::memcpy(&number, message.data() + at, sizeof number);
    return number;
}

template <typename Number>
void set_number(Message& message, std::size_t at, Number number) {
    REQUIRE(at + sizeof number <= message.size());
    std::memcpy(message.data() + at, &number, sizeof number);
}

/// nlmsg_len as it should be.
void put_length_right(Message& message) {
    if (message.size() >= sizeof(__u32)) {
        set_number(message, offsetof(nlmsghdr, nlmsg_len), static_cast<__u32>(message.size()));
    }
}

/// What the collector takes from one datagram that comes by the socket.
struct Reading {
    std::vector<ConntrackEntry> ended;
    unsigned malformed = 0;
    bool is_error = false; ///< an error message

    bool operator==(const Reading&) const = default;
};

/// As ConntrackEvents::read() has it.
Reading reading_of(const Message& datagram) {
    Reading reading;
    const auto on_message = [&reading](const nlmsghdr* message) {
        const std::span octets(static_cast<const std::uint8_t*>(mnl_nlmsg_get_payload(message)),
                               mnl_nlmsg_get_payload_len(message));
        constexpr auto destroyed = NFNL_SUBSYS_CTNETLINK << 8U | IPCTNL_MSG_CT_DELETE;
        const bool ends = message->nlmsg_type == destroyed && octets.size() >= sizeof(nfgenmsg);
        const auto entry =
            ends ? collector::read_conntrack_event(octets.subspan(sizeof(nfgenmsg))) : std::nullopt;
        if (entry) {
            reading.ended.push_back(*entry);
        } else {
            ++reading.malformed;
        }
    };
    try {
        netlink::for_each_message(datagram, "conntrack", on_message);
    } catch (const model::SystemError&) {
        reading.is_error = true;
    }
    return reading;
}

netlink::Socket netfilter_socket(unsigned groups) {
    return netlink::open(NETLINK_NETFILTER, groups, "cannot open a netlink socket");
}

void wait_until_readable(std::initializer_list<int> any) {
    std::vector<pollfd> descriptors;
    for (const int descriptor : any) {
        descriptors.push_back({descriptor, POLLIN, 0});
    }
    constexpr int patience = 10'000;
    if (must(poll(descriptors.data(), descriptors.size(), patience), "poll") == 0) {
        throw std::runtime_error("conntrack tells nothing more");
    }
}

std::vector<Message> received(const netlink::Socket& socket) {
    std::vector<Message> messages;
    Message buffer(netlink::buffer_size);
    std::size_t length = 0;
    for (netlink::Received got{}; (got = netlink::receive(mnl_socket_get_fd(socket.get()), buffer, length)) !=
                                  netlink::Received::nothing;) {
        REQUIRE(got == netlink::Received::data);
        messages.emplace_back(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(length));
    }
    return messages;
}

/// What is in a ring.
struct Kept {
    std::vector<ConntrackEntry> ended;
    std::vector<Message> told;

    [[nodiscard]] std::size_t size() const { return ended.size() + told.size(); }
    std::size_t take(EndsRing& ring, std::size_t most) {
        return ring.read(
            most, {[this](const ConntrackEntry& entry) { ended.push_back(entry); },
                   [this](std::span<const char> data) { told.emplace_back(data.begin(), data.end()); }});
    }
};

/// Of connections that ended, all that conntrack told one socket, and what came by another's ring.
struct Told {
    std::vector<Message> by_socket;
    Kept by_ring;
    std::size_t past_the_ring = 0;
};

/// Makes connections of every kind in the lab's server and ends them.
class Connections {
  public:
    explicit Connections(const Lab& lab) : lab_(lab), traffic_(lab) {
        must_run({"nft", "-f", "-"}, {.netns = lab.server().name(), .input = R"(table inet ends {
 chain output {
  type filter hook output priority raw
  udp dport 5002 ct zone set 7
 }
 chain input {
  type filter hook prerouting priority raw
  udp sport 5002 ct zone set 7
 }
 chain marked {
  type filter hook output priority filter
  udp dport 5001 ct mark set 0x99
 }
}
)"});
        // What is left of a connection whose entry was deleted makes no other.
        set_sysctl(lab.server(), "net/netfilter/nf_conntrack_tcp_loose", "0");
    }

    /// Returns the destinations, no two alike.
    std::set<model::Address> make_and_end() {
        std::vector<PlannedFlow> streams, others;
        std::set<model::Address> destinations;
        for (const auto family : {model::Family::ipv4, model::Family::ipv6}) {
            const auto to = [&](model::Protocol number, std::uint16_t port, Outcome outcome) {
                const auto address = Lab::internet_address(family, next_++);
                destinations.insert(address);
                return PlannedFlow{
                    model::SocketOwner::user(0, 0), {model::Service::port(number, port), address}, outcome};
            };
            for (unsigned i = 0; i < 4; ++i) {
                streams.push_back(to(protocol::tcp, ports::answering, Outcome::answered));
            }
            others.push_back(to(protocol::tcp, ports::refusing, Outcome::refused));
            for (std::uint16_t port = ports::answering; port < ports::answering + 3; ++port) {
                others.push_back(to(protocol::udp, port, Outcome::answered));
            }
            others.push_back(to(protocol::udp, ports::refusing, Outcome::refused));
            others.push_back(to(protocol::udp, ports::silent, Outcome::unanswered));
            const bool ipv4 = family == model::Family::ipv4;
            others.push_back(to(protocol::icmp, 0, Outcome::answered));
            others.back().destination.service = ipv4 ? model::Service::icmp(protocol::icmp, 8, 0)
                                                     : model::Service::icmp(protocol::icmpv6, 128, 0);
            others.push_back(to(protocol::gre, 0, ipv4 ? Outcome::refused : Outcome::unanswered));
            others.push_back(to(protocol::sctp, 3868, ipv4 ? Outcome::refused : Outcome::unanswered));
            begin(to(protocol::tcp, ports::silent, Outcome::unanswered).destination);
        }
        traffic_.make(others);
        auto open = traffic_.keep_open(streams);
        // Half of them are closed by both sides, half are deleted while they stand.
        for (std::size_t i = 0; i < open.size(); i += 2) {
            must(shutdown(open[i].get(), SHUT_WR), "shutdown");
            wait_until_readable({open[i].get()});
            char octet = 0;
            REQUIRE(recv(open[i].get(), &octet, sizeof octet, 0) == 0);
        }
        forget_connections(lab_);
        return destinations;
    }

  private:
    /// A SYN that nobody answers, and nobody repeats.
    void begin(const model::Destination& destination) {
        const Inside inside(lab_.server());
        const auto to = endpoint(destination.address, destination.service.detail);
        const Fd socket(must(
            ::socket(domain(destination.address), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket"));
        REQUIRE(connect(socket.get(), to.get(), to.size) != 0);
        REQUIRE(errno == EINPROGRESS);
    }

    const Lab& lab_;
    Traffic traffic_;
    unsigned next_ = 0;
};

Told listen_to_real_ends() {
    const Lab lab;
    const Responder responder(lab);
    Connections connections(lab);
    const auto in_server = [&lab] {
        const Inside inside(lab.server());
        return netfilter_socket(NF_NETLINK_CONNTRACK_DESTROY);
    };
    const auto plain = in_server();
    const auto with_ring = in_server();
    const auto ring = EndsRing::at(mnl_socket_get_fd(with_ring.get()));
    REQUIRE(ring);
    Told told;
    struct Setting {
        const char *accounting, *timestamps;
    };
    for (const auto& setting : {Setting{"0", "0"}, Setting{"1", "0"}, Setting{"1", "1"}, Setting{"0", "1"}}) {
        set_sysctl(lab.server(), "net/netfilter/nf_conntrack_acct", setting.accounting);
        set_sysctl(lab.server(), "net/netfilter/nf_conntrack_timestamp", setting.timestamps);
        auto missing = connections.make_and_end();
        const auto receive = [&] {
            for (auto& message : received(plain)) {
                for (const auto& entry : reading_of(message).ended) {
                    missing.erase(entry.tuple.destination.address);
                }
                told.by_socket.push_back(std::move(message));
            }
            told.by_ring.take(*ring, 10'000);
            told.past_the_ring += received(with_ring).size();
        };
        for (receive(); !missing.empty() || told.by_socket.size() != told.by_ring.size() + told.past_the_ring;
             receive()) {
            wait_until_readable(
                {mnl_socket_get_fd(plain.get()), mnl_socket_get_fd(with_ring.get()), ring->fd()});
        }
    }
    return told;
}

/// Made once.
const Told& real_ends() {
    static const Told told = listen_to_real_ends();
    return told;
}

ConntrackEntry entry_in(const Message& message) {
    const auto reading = reading_of(message);
    REQUIRE(reading.ended.size() == 1);
    REQUIRE(reading.malformed == 0);
    return reading.ended.front();
}

bool is_tcp_or_udp(const ConntrackEntry& entry) {
    const auto number = entry.tuple.destination.service.protocol;
    return number == protocol::tcp || number == protocol::udp;
}

/// The program in the kernel that has the ring.
Fd program_of(const EndsRing& ring) {
    bpf_map_info map{};
    __u32 size = sizeof map;
    must(bpf_obj_get_info_by_fd(ring.fd(), &map, &size), "the ring's map");
    for (__u32 id = 0; bpf_prog_get_next_id(id, &id) == 0;) {
        Fd program(bpf_prog_get_fd_by_id(id)); // which may be gone
        std::array<__u32, 16> maps{};
        bpf_prog_info info{};
        info.map_ids = reinterpret_cast<__u64>(maps.data()); // NOLINT: bpf(2) has it so
        info.nr_map_ids = maps.size();
        size = sizeof info;
        if (program.get() >= 0 && bpf_obj_get_info_by_fd(program.get(), &info, &size) == 0 &&
            std::string_view(static_cast<const char*>(info.name)) == "keep_end" &&
            std::ranges::count(maps, map.id) > 0) {
            return program;
        }
    }
    throw std::runtime_error("nobody has the ring's program");
}

/// A ring, and its program, to which any message can be handed as if the kernel sent it.
class Tried {
  public:
    Tried() : ring_(EndsRing::at(mnl_socket_get_fd(socket_.get()))) {
        REQUIRE(ring_);
        program_ = program_of(*ring_);
    }

    [[nodiscard]] EndsRing& ring() { return *ring_; }

    /// False: it goes by the socket.
    [[nodiscard]] bool keeps(const Message& message) {
        // A program at a socket sees what is behind the Ethernet head (bpf_prog_test_run_skb() in
        // net/bpf/test_run.c).
        frame_.assign(ETH_HLEN, 0);
        frame_.insert(frame_.end(), message.begin(), message.end());
        bpf_test_run_opts options{};
        options.sz = sizeof options;
        options.data_in = frame_.data();
        options.data_size_in = static_cast<__u32>(frame_.size());
        options.repeat = 1;
        must(bpf_prog_test_run_opts(program_.get(), &options), "run the program");
        constexpr auto all_of_it = 0xffffffffU;
        REQUIRE((options.retval == 0 || options.retval == all_of_it));
        return options.retval == 0;
    }

  private:
    netlink::Socket socket_ = netfilter_socket(0);
    std::unique_ptr<EndsRing> ring_;
    Fd program_;
    Message frame_;
};

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t limit) {
    return random() % limit;
}

void change_octets(Message& message, Random& random) {
    for (auto left = 1 + below(random, 4); left > 0; --left) {
        auto& octet = message[below(random, message.size())];
        switch (below(random, 3)) {
        case 0:
            octet = static_cast<char>(random());
            break;
        case 1: // which is what types and lengths are
            octet = static_cast<char>(below(random, 32));
            break;
        default:
            octet = static_cast<char>(octet ^ (1 << below(random, 8)));
        }
    }
}

void cut_off(Message& message, Random& random) {
    message.resize(1 + below(random, message.size() - 1));
    if (below(random, 2) == 0) {
        put_length_right(message);
    }
}

void append_zeroes(Message& message, Random& random) {
    message.resize(message.size() + 1 + below(random, below(random, 4) == 0 ? 400 : 12));
    if (below(random, 4) != 0) {
        put_length_right(message);
    }
}

/// With what pads each.
std::vector<Message> attributes_of(const Message& message) {
    std::vector<Message> attributes;
    for (std::size_t at = heads; at < message.size();) {
        const std::size_t length = NLA_ALIGN(number_at<__u16>(message, at));
        REQUIRE(length >= NLA_HDRLEN);
        REQUIRE(at + length <= message.size());
        const auto begin = message.begin() + static_cast<std::ptrdiff_t>(at);
        attributes.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(length));
        at += length;
    }
    return attributes;
}

/// Of any length that is right for a few types or none.
Message head_alone(Random& random) {
    Message attribute(NLA_HDRLEN);
    set_number(attribute, 0, static_cast<__u16>(below(random, 12)));
    set_number(attribute, sizeof(__u16), static_cast<__u16>(below(random, 32)));
    return attribute;
}

/// Swapped, there more than once, another message's, in another's place, without a value, and not there.
void change_attributes(Message& message, const Message& other, Random& random) {
    auto attributes = attributes_of(message);
    const auto others = attributes_of(other);
    for (auto left = 1 + below(random, 3); left > 0 && !attributes.empty(); --left) {
        const auto place = attributes.begin() + static_cast<std::ptrdiff_t>(below(random, attributes.size()));
        switch (below(random, 6)) {
        case 0:
            std::swap(*place, attributes[below(random, attributes.size())]);
            break;
        case 1:
            attributes.insert(place, Message(attributes[below(random, attributes.size())]));
            break;
        case 2:
            attributes.insert(place, others[below(random, others.size())]);
            break;
        case 3:
            *place = others[below(random, others.size())];
            break;
        case 4:
            attributes.insert(place, head_alone(random));
            break;
        default:
            attributes.erase(place);
        }
    }
    message.resize(heads);
    for (const auto& attribute : attributes) {
        message.insert(message.end(), attribute.begin(), attribute.end());
    }
    put_length_right(message);
}

void change(Message& message, const Message& other, Random& random) {
    switch (below(random, 8)) {
    case 0:
        cut_off(message, random);
        break;
    case 1:
        append_zeroes(message, random);
        break;
    case 2:
        change_attributes(message, other, random);
        break;
    case 3:
        change_attributes(message, other, random);
        change_octets(message, random);
        break;
    default:
        change_octets(message, random);
    }
}

/// Where the value of an attribute of the message's own begins.
std::size_t value_at(const Message& message, int type) {
    std::size_t at = heads;
    while ((number_at<__u16>(message, at + sizeof(__u16)) & NLA_TYPE_MASK) != type) {
        at += NLA_ALIGN(number_at<__u16>(message, at));
    }
    return at + NLA_HDRLEN;
}

} // namespace

TEST_CASE("connections of every kind have ended, and the kernel told of each what there is to tell") {
    std::vector<ConntrackEntry> entries;
    for (const auto& message : real_ends().by_socket) {
        entries.push_back(entry_in(message));
    }
    const auto some = [&entries](const auto& condition) { return std::ranges::any_of(entries, condition); };
    for (const auto family : {model::Family::ipv4, model::Family::ipv6}) {
        CAPTURE(static_cast<int>(family));
        const auto icmp = family == model::Family::ipv4 ? protocol::icmp : protocol::icmpv6;
        for (const auto number : {protocol::tcp, protocol::udp, icmp}) {
            CAPTURE(int{number.number});
            for (const bool counted : {false, true}) {
                CAPTURE(counted);
                CHECK(some([&](const auto& entry) {
                    return entry.tuple.source.family() == family &&
                           entry.tuple.destination.service.protocol == number && entry.seen_reply &&
                           (entry.traffic != collector::Traffic()) == counted && entry.id != 0;
                }));
            }
        }
    }
    CHECK(some([](const auto& entry) { return entry.tcp_closed; }));
    CHECK(some([](const auto& entry) { return entry.tcp_ending && !entry.tcp_closed; }));
    CHECK(some([](const auto& entry) {
        return entry.tuple.destination.service.protocol == protocol::tcp && entry.seen_reply &&
               !entry.tcp_ending;
    }));
    CHECK(some([](const auto& entry) { return is_tcp_or_udp(entry) && !entry.seen_reply; }));
}

TEST_CASE("what the kernel tells comes by the ring and nothing by the socket, the same as without a ring") {
    const auto& told = real_ends();
    CHECK(told.past_the_ring == 0);
    std::vector<ConntrackEntry> ended;
    std::vector<Message> whole;
    for (const auto& message : told.by_socket) {
        const auto entry = entry_in(message);
        if (is_tcp_or_udp(entry)) {
            ended.push_back(entry);
        } else {
            whole.push_back(message);
        }
    }
    // Two CPUs may tell of two ends at once.
    CHECK(told.by_ring.ended.size() == ended.size());
    CHECK(std::ranges::is_permutation(told.by_ring.ended, ended));
    CHECK(told.by_ring.told.size() == whole.size());
    CHECK(std::ranges::is_permutation(told.by_ring.told, whole));
    MESSAGE(ended.size(), " ends of TCP and UDP, ", whole.size(), " others");
}

TEST_CASE("the program understands every end of TCP's and UDP's as the collector does, and no other's") {
    Tried tried;
    for (const auto& message : real_ends().by_socket) {
        CAPTURE(hexadecimal(message));
        REQUIRE(message.size() <= longest);
        REQUIRE(tried.keeps(message));
        Kept kept;
        REQUIRE(kept.take(tried.ring(), 2) == 1);
        const auto entry = entry_in(message);
        if (is_tcp_or_udp(entry)) {
            REQUIRE(kept.ended.size() == 1);
            const auto& its = kept.ended.front();
            CHECK(its.tuple.source.to_string() == entry.tuple.source.to_string());
            CHECK(its.tuple.source_detail == entry.tuple.source_detail);
            CHECK(its.tuple.destination.address.to_string() == entry.tuple.destination.address.to_string());
            CHECK(its.tuple.destination.service.to_string() == entry.tuple.destination.service.to_string());
            CHECK(its.id == entry.id);
            CHECK(its.seen_reply == entry.seen_reply);
            CHECK(its.tcp_closed == entry.tcp_closed);
            CHECK(its.tcp_ending == entry.tcp_ending);
            CHECK(its.traffic.packets_out == entry.traffic.packets_out);
            CHECK(its.traffic.bytes_out == entry.traffic.bytes_out);
            CHECK(its.traffic.packets_in == entry.traffic.packets_in);
            CHECK(its.traffic.bytes_in == entry.traffic.bytes_in);
            CHECK(its == entry);
        } else {
            REQUIRE(kept.told.size() == 1);
            CHECK(hexadecimal(kept.told.front()) == hexadecimal(message));
        }
    }
}

TEST_CASE("what somebody else sends is not the kernel's word: it goes by the socket, with its sender") {
    const Lab lab;
    const auto socket = [&lab] {
        const Inside inside(lab.server());
        return netfilter_socket(NF_NETLINK_CONNTRACK_DESTROY);
    }();
    const int fd = mnl_socket_get_fd(socket.get());
    const auto ring = EndsRing::at(fd);
    REQUIRE(ring);
    const auto& message = real_ends().by_socket.front();
    send_forged(lab.server(), mnl_socket_get_portid(socket.get()), message, 1);
    Message buffer(netlink::buffer_size);
    std::size_t length = 0;
    CHECK(netlink::receive(fd, buffer, length) == netlink::Received::forged);
    CHECK(length == message.size());
    Kept kept;
    CHECK(kept.take(*ring, 2) == 0);
    CHECK_FALSE(ring->has_overflowed());
}

TEST_CASE("of messages that no kernel sends the program says what the collector says, or leaves them to it") {
    const auto& real = real_ends().by_socket;
    Tried tried;
    Random random(20'261'127); // NOLINT: the same ones each time
    constexpr unsigned all = FWLEARN_FEW ? 5'000 : 200'000;
    unsigned understood = 0, whole = 0, of_no_length = 0;
    for (unsigned index = 0; index < all; ++index) {
        auto message = real[below(random, real.size())];
        change(message, real[below(random, real.size())], random);
        CAPTURE(index);
        if (!tried.keeps(message)) {
            REQUIRE((message.size() > longest || message.size() < heads));
            REQUIRE(tried.ring().has_overflowed());
            tried.ring().resume();
            ++of_no_length;
            continue;
        }
        REQUIRE(message.size() <= longest);
        REQUIRE(message.size() >= heads);
        Kept kept;
        REQUIRE(kept.take(tried.ring(), 2) == 1);
        if (kept.ended.empty()) {
            REQUIRE_MESSAGE(kept.told.front() == message, hexadecimal(message));
            ++whole;
        } else {
            REQUIRE_MESSAGE(reading_of(message) == Reading{.ended = kept.ended}, hexadecimal(message));
            ++understood;
        }
    }
    MESSAGE(understood, " understood by the program, ", whole, " left to the collector, ", of_no_length,
            " too long or too short");
    constexpr unsigned enough = all / 100;
    CHECK(understood > enough);
    CHECK(whole > enough);
    CHECK(of_no_length > enough / 10);
}

TEST_CASE("a full ring keeps its order and loses nothing, and is not used again before it is told to be") {
    // One of each size that there is in it, with its number for an id.
    const auto& real = real_ends().by_socket;
    std::vector<Message> kinds;
    for (const auto family : {model::Family::ipv4, model::Family::ipv6}) {
        for (const bool understood : {true, false}) {
            const auto found = std::ranges::find_if(real, [&](const Message& message) {
                const auto entry = entry_in(message);
                return entry.tuple.source.family() == family && is_tcp_or_udp(entry) == understood;
            });
            REQUIRE(found != real.end());
            kinds.push_back(*found);
        }
    }
    const auto numbered = [&kinds](std::uint32_t number) {
        auto message = kinds[number % kinds.size()];
        set_number(message, value_at(message, CTA_ID), collector::network_order(number));
        return message;
    };
    Tried tried;
    Kept kept;
    std::vector<std::uint32_t> ids;
    const EndsRing::Handler handler{[&ids](const ConntrackEntry& entry) { ids.push_back(entry.id); },
                                    [&ids](std::span<const char> data) {
                                        ids.push_back(entry_in({data.begin(), data.end()}).id);
                                    }};
    std::uint32_t next = 0;
    // Each time it begins at another place in it.
    for (unsigned round = 0; round < 5; ++round) {
        CAPTURE(round);
        const auto first = next;
        while (tried.keeps(numbered(next))) {
            ++next;
            REQUIRE(next - first < 100'000);
            REQUIRE_FALSE(tried.ring().has_overflowed());
        }
        REQUIRE(next - first > 1000);
        CHECK(tried.ring().has_overflowed());
        // Nor what would have had room yet, nor while it is being read.
        for (std::uint32_t small = 0; small < kinds.size(); ++small) {
            CHECK_FALSE(tried.keeps(numbered(small)));
        }
        ids.clear();
        constexpr std::size_t some = 64;
        CHECK(tried.ring().read(some, handler) == some);
        CHECK(ids.size() == some);
        CHECK_FALSE(tried.keeps(numbered(0)));
        while (tried.ring().read(some, handler) > 0) {
        }
        CHECK_FALSE(tried.keeps(numbered(0)));
        CHECK(ids.size() == next - first);
        std::size_t out_of_order = 0;
        for (std::size_t index = 0; index < ids.size(); ++index) {
            out_of_order += ids[index] == first + index ? 0 : 1;
        }
        CHECK(out_of_order == 0);
        tried.ring().resume();
        CHECK_FALSE(tried.ring().has_overflowed());
    }
    // What is longer than the ring takes goes by the socket, and so does all that is behind it.
    auto large = numbered(next);
    large.resize(longest + 1);
    put_length_right(large);
    CHECK(tried.keeps(numbered(next)));
    CHECK_FALSE(tried.keeps(large));
    CHECK_FALSE(tried.keeps(numbered(next)));
    ids.clear();
    CHECK(tried.ring().read(2, handler) == 1);
    CHECK(ids == std::vector{next});
    tried.ring().resume();
    CHECK(tried.keeps(numbered(next)));
}
