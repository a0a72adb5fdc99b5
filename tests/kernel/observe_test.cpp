// Does the collector see every flow that the kernel made, once, and nothing else?
#include "ground/as_user.hpp"
#include "ground/busy.hpp"
#include "ground/cable_end.hpp"
#include "ground/conntrack.hpp"
#include "ground/counters.hpp"
#include "ground/endpoint.hpp"
#include "ground/failure.hpp"
#include "ground/observing.hpp"
#include "ground/responder.hpp"
#include "ground/stored.hpp"
#include "ground/traffic.hpp"

#include <sql/reader.hpp>

#include <doctest/doctest.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <map>
#include <thread>

using namespace fwlearn;
using namespace fwlearn::kernel_test;

namespace {

constexpr std::size_t distinct = 2000;
constexpr std::size_t open_before = 20;

std::string describe(const Key& key) {
    const auto& [owner, destination] = key;
    return "owner kind " + std::to_string(static_cast<int>(owner.kind)) + " uid " +
           std::to_string(owner.uid) + " gid " + std::to_string(owner.gid) + " " +
           destination.service.to_string() + " " + destination.address.to_string();
}

std::string describe(const model::FlowCounts& counts) {
    return std::to_string(counts.count) + " flows, " + std::to_string(counts.answered) + " answered, " +
           std::to_string(counts.refused) + " refused, " + std::to_string(counts.unanswered) +
           " unanswered, " + std::to_string(counts.already_open) + " already open";
}

/// A raw socket of the user's. Not to be connected: then it is told of ICMP errors, and may not send.
Fd raw_socket(const model::SocketOwner& owner, const model::Destination& destination) {
    const AsUser user(owner);
    return Fd(must(
        socket(domain(destination.address), SOCK_RAW | SOCK_CLOEXEC, destination.service.protocol.number),
        "raw socket"));
}

/// Nothing where it is refused.
Fd connect_from(std::uint16_t port, const model::Destination& to) {
    Fd socket(must(::socket(domain(to.address), SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
    const int on = 1;
    must(setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "SO_REUSEADDR");
    const auto from =
        endpoint(model::Address(to.address.family() == model::Family::ipv4 ? model::Address::v4(0)
                                                                           : *model::Address::parse("::")),
                 port);
    must(bind(socket.get(), from.get(), from.size), "bind");
    const auto at = endpoint(to.address, to.service.detail);
    return connect(socket.get(), at.get(), at.size) == 0 ? std::move(socket) : Fd();
}

void send_to(const Fd& socket, const model::Address& address) {
    // As GRE, a header of version 0 without a key.
    constexpr std::array<std::uint8_t, 12> nothing{};
    const auto to = endpoint(address, 0);
    must(static_cast<int>(sendto(socket.get(), nothing.data(), nothing.size(), 0, to.get(), to.size)),
         "sendto " + address.to_string());
}

/// Has the kernel tell the routers about the group (RFC 3376, RFC 3810), as long as the socket is open.
Fd join(const model::SocketOwner& owner, const model::Address& multicast_group) {
    const AsUser user(owner);
    Fd member(must(socket(domain(multicast_group), SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
    group_req request{};
    request.gr_interface = if_nametoindex(Lab::cable);
    request.gr_group = endpoint(multicast_group, 0).storage;
    const bool ipv4 = multicast_group.family() == model::Family::ipv4;
    must(setsockopt(member.get(), ipv4 ? IPPROTO_IP : IPPROTO_IPV6, MCAST_JOIN_GROUP, &request,
                    sizeof(request)),
         "MCAST_JOIN_GROUP");
    return member;
}

/// A packet that has this octet there, and says this address after it.
auto packet_with(std::size_t offset, std::uint8_t octet, const model::Address& address) {
    return [offset, octet, address](CableEnd::Packet packet) {
        if (packet.size() <= offset || packet[offset] != octet) {
            return false;
        }
        const auto rest = packet.subspan(offset);
        const auto octets = address.octets();
        return std::search(rest.begin(), rest.end(), octets.begin(), octets.end()) != rest.end();
    };
}

} // namespace

TEST_CASE("the record holds exactly the flows that were made, each once and with its outcome") {
    const Lab lab;
    const Responder responder(lab);
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    Traffic traffic(lab);
    const auto old_plan = connection_plan(open_before);
    const auto old_connections = traffic.keep_open(old_plan);
    const auto plan = mixed_plan(distinct);
    {
        Observing observing(lab, FWLEARN_PROGRAM, database);
        CHECK(has_observation_table(lab.server()));
        shorten_timeouts(lab);
        traffic.distract();
        traffic.make(plan);
        traffic.distract();
        wait_for_unanswered_to_end(lab);
        REQUIRE(observing.stop() == 0);
    }
    CHECK_FALSE(has_observation_table(lab.server()));

    const auto record = sql::Reader(database).read();
    for (const auto& gap : record.gaps) {
        FAIL_CHECK("a gap of reason " << static_cast<int>(gap.reason));
    }
    auto stored = stored_flows(record);
    for (const auto& flow : old_plan) {
        // Sockets tell their user, not their group (sock_diag(7)).
        const Key key{model::SocketOwner::user(flow.owner.uid, model::no_gid), flow.destination};
        const auto row = stored.extract(key);
        REQUIRE_MESSAGE(!row.empty(), "missing, open before: ", to_string(flow));
        CHECK_MESSAGE((row.mapped().count == 1 && row.mapped().already_open == 1), to_string(flow), ": ",
                      describe(row.mapped()));
    }
    std::size_t missing = 0;
    for (const auto& flow : plan) {
        const auto row = stored.extract(Key{flow.owner, flow.destination});
        if (row.empty()) {
            ++missing;
            CHECK_MESSAGE(missing > 20, "missing: ", to_string(flow));
            continue;
        }
        const auto& counts = row.mapped();
        const bool right = counts.count == 1 && counts.already_open == 0 &&
                           counts.answered == (flow.outcome == Outcome::answered ? 1 : 0) &&
                           counts.refused == (flow.outcome == Outcome::refused ? 1 : 0) &&
                           counts.unanswered == (flow.outcome == Outcome::unanswered ? 1 : 0);
        CHECK_MESSAGE(right, to_string(flow), " is stored as ", describe(counts));
    }
    CHECK(missing == 0);
    for (const auto& [key, counts] : stored) {
        FAIL_CHECK("nobody made " << describe(key) << ": " << describe(counts));
    }
    MESSAGE("flows made: ", plan.size() + old_plan.size(), ", missing: ", missing);
}

TEST_CASE("two users who share a conntrack entry, for want of ports, have a flow each") {
    const Lab lab;
    const Responder responder(lab);
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    const std::array users{model::SocketOwner::user(4001, 4101), model::SocketOwner::user(4002, 4102)};
    constexpr model::Protocol experimental{253}; // RFC 3692
    std::vector<model::Destination> destinations;
    for (const auto number : {experimental, model::protocol::gre}) {
        for (const auto family : {model::Family::ipv4, model::Family::ipv6}) {
            destinations.push_back({{number, 0}, Lab::internet_address(family, 1)});
        }
    }
    {
        Observing observing(lab, FWLEARN_PROGRAM, database);
        for (const auto& destination : destinations) {
            CAPTURE(destination.service.to_string());
            const Inside inside(lab.server());
            const std::array sockets{raw_socket(users[0], destination), raw_socket(users[1], destination)};
            // Each one twice, in turn: a repetition is no flow of its own, also after the other's packet.
            for (int repetition = 0; repetition < 2; ++repetition) {
                for (const auto& socket : sockets) {
                    send_to(socket, destination.address);
                }
            }
            REQUIRE(count_entries(lab, destination) == 1);
        }
        REQUIRE(observing.stop() == 0);
    }
    auto stored = stored_flows(sql::Reader(database).read());
    for (const auto& destination : destinations) {
        for (const auto& user : users) {
            const Key key{user, destination};
            const auto row = stored.extract(key);
            REQUIRE_MESSAGE(!row.empty(), "missing: ", describe(key));
            CHECK_MESSAGE((row.mapped().count == 1 && row.mapped().answered == 0), describe(key), ": ",
                          describe(row.mapped()));
        }
    }
    for (const auto& [key, counts] : stored) {
        FAIL_CHECK("nobody made " << describe(key) << ": " << describe(counts));
    }
}

TEST_CASE("who asks from one port again and again, each time after conntrack's timer, has a flow each time") {
    const Lab lab;
    const Responder responder(lab);
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    const model::Destination destination{model::Service::port(model::protocol::udp, ports::answering),
                                         Lab::internet_address(model::Family::ipv4, 1)};
    const auto user = model::SocketOwner::user(4001, 4101);
    constexpr std::uint16_t first_port = 20000;
    constexpr std::uint16_t asking = 200;
    constexpr unsigned times = 5;
    {
        Observing observing(lab, FWLEARN_PROGRAM, database);
        set_sysctl(lab.server(), "net/netfilter/nf_conntrack_udp_timeout", "1");
        const Inside inside(lab.server());
        const AsUser as_user(user);
        for (unsigned time = 0; time < times; ++time) {
            if (time > 0) {
                // Nothing tells that a timer is over whose entry nobody has collected: and who looks
                // collects.
                std::this_thread::sleep_for(std::chrono::milliseconds(1300));
            }
            for (std::uint16_t port = 0; port < asking; ++port) {
                exchange(destination, static_cast<std::uint16_t>(first_port + port));
            }
        }
        REQUIRE(observing.stop() == 0);
    }
    const auto stored = stored_flows(sql::Reader(database).read());
    REQUIRE(stored.size() == 1);
    CHECK(stored.begin()->first == Key{user, destination});
    const auto& counts = stored.begin()->second;
    CHECK_MESSAGE(counts.count == asking * times, describe(counts));
    CHECK_MESSAGE(counts.answered == asking * times, describe(counts));
}

TEST_CASE("who is refused and asks again at once from the same port has a flow each time, also where it is "
          "another user's") {
    const Lab lab;
    const Responder responder(lab);
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    const model::Destination destination{model::Service::port(model::protocol::tcp, ports::refusing),
                                         Lab::internet_address(model::Family::ipv4, 1)};
    constexpr std::uint16_t port = 20000;
    constexpr std::uint32_t users = 5;
    constexpr unsigned times = 20;
    {
        Observing observing(lab, FWLEARN_PROGRAM, database);
        const Inside inside(lab.server());
        for (unsigned time = 0; time < times; ++time) {
            for (std::uint32_t user = 0; user < users; ++user) {
                const AsUser as_user(model::SocketOwner::user(4001 + user, 4101));
                CHECK(connect_from(port, destination).get() < 0);
            }
        }
        REQUIRE(observing.stop() == 0);
    }
    const auto stored = stored_flows(sql::Reader(database).read());
    CHECK(stored.size() == users);
    for (const auto& each :
         stored) { // not as [key, counts]: doctest's lambdas cannot hold bindings with Clang 14
        CAPTURE(describe(each.first));
        CHECK_MESSAGE(each.second.count == times, describe(each.second));
        CHECK_MESSAGE(each.second.refused == times, describe(each.second));
    }
}

TEST_CASE("programs of several users that are refused from one port, one after another, are each named") {
    const Lab lab;
    const Responder responder(lab);
    const TemporaryDirectory directory;
    std::filesystem::permissions(directory.path(), std::filesystem::perms(0755));
    const auto database = directory.path() / "flows.db";
    constexpr std::uint32_t first_user = 4001;
    constexpr std::uint32_t users = 5;
    const auto program_of = [&directory](std::uint32_t user) {
        return directory.path() / ("asker" + std::to_string(user));
    };
    for (auto user = first_user; user < first_user + users; ++user) {
        std::filesystem::copy_file("/usr/bin/perl", program_of(user));
    }
    const auto address = Lab::internet_address(model::Family::ipv4, 1).to_string();
    const auto words = "IO::Socket::INET->new(PeerAddr => '" + address + "', PeerPort => " +
                       std::to_string(ports::refusing) + ", LocalPort => 20000, ReuseAddr => 1) and exit 1";
    {
        Observing observing(lab, FWLEARN_PROGRAM, database);
        for (auto user = first_user; user < first_user + users; ++user) {
            must_run({program_of(user).string(), "-MIO::Socket::INET", "-e", words},
                     {.netns = lab.server().name(), .uid = user});
        }
        REQUIRE(observing.stop() == 0);
    }
    const auto record = sql::Reader(database).read();
    CHECK(record.flows.size() == users);
    for (const auto& flow : record.flows) {
        CHECK(flow.counts.count == 1);
        CHECK(flow.counts.refused == 1);
        CHECK(flow.key.attribution == model::Attribution::exact);
        CHECK(record.identities.process(flow.key.process).exe.raw_bytes() ==
              program_of(flow.key.owner.uid).string());
    }
}

TEST_CASE(
    "a connection that somebody else opened is no flow of this host's when conntrack has forgotten it") {
    const Lab lab;
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    constexpr std::uint16_t service_port = 22;
    constexpr std::uint16_t client_port = 443; // which looks like a service, and the client chooses it
    const model::Destination service{model::Service::port(model::protocol::tcp, service_port),
                                     Lab::server_address(model::Family::ipv4)};
    Fd listener;
    {
        const Inside inside(lab.server());
        listener = Fd(must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
        const auto at = endpoint(service.address, service_port);
        must(bind(listener.get(), at.get(), at.size), "bind");
        must(listen(listener.get(), 1), "listen");
    }
    Observing observing(lab, FWLEARN_PROGRAM, database);
    set_sysctl(lab.server(), "net/netfilter/nf_conntrack_tcp_timeout_close_wait", "1");
    const Fd client = [&] {
        const Inside inside(lab.internet());
        return connect_from(client_port, service);
    }();
    REQUIRE(client.get() >= 0);
    const Fd server(must(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
    must(shutdown(client.get(), SHUT_WR), "shutdown");
    char octet = 'x';
    CHECK(recv(server.get(), &octet, 1, 0) == 0);
    while (count_entries(lab, service) != 0) { // who lists the table collects what has expired
    }
    CHECK(send(server.get(), &octet, 1, MSG_NOSIGNAL) == 1); // and is what conntrack sees first of it
    CHECK(recv(client.get(), &octet, 1, 0) == 1);
    forget_connections(lab);
    const auto events = [&] { return stored_counters(database)["conntrack_events"]; };
    while (events() < 2) { // as it says once a second
    }
    REQUIRE(observing.stop() == 0);
    CHECK(sql::Reader(database).read().flows.empty());
}

TEST_CASE("of connections that are open at the start conntrack says who opened them, and not who listens") {
    const Lab lab;
    const Responder responder(lab);
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    constexpr std::uint16_t served_port = 22;
    constexpr std::uint16_t own_port = 20000;
    const model::Destination service{model::Service::port(model::protocol::tcp, served_port),
                                     Lab::server_address(model::Family::ipv4)};
    const model::Destination answering{model::Service::port(model::protocol::tcp, ports::answering),
                                       Lab::internet_address(model::Family::ipv4, 1)};
    const auto listening_on = [&](std::uint16_t port) {
        const Inside inside(lab.server());
        Fd listener(must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
        const int on = 1;
        must(setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "SO_REUSEADDR");
        const auto at = endpoint(service.address, port);
        must(bind(listener.get(), at.get(), at.size), "bind");
        return listener;
    };
    must_run({"nft",
              "add table ip tracking; add chain ip tracking c { type filter hook output priority 0; ct state "
              "new accept; }"},
             {.netns = lab.server().name()});
    auto listener = listening_on(served_port);
    must(listen(listener.get(), 1), "listen");
    const Fd client = [&] {
        const Inside inside(lab.internet());
        return connect_from(0, service);
    }();
    REQUIRE(client.get() >= 0);
    const Fd accepted(must(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
    listener.reset(); // as of a server that is about to end
    const Fd own = [&] {
        const Inside inside(lab.server());
        return connect_from(own_port, answering);
    }();
    REQUIRE(own.get() >= 0);
    const auto other = listening_on(own_port); // as of a resolver or a peer that asks from its own port
    must(listen(other.get(), 1), "listen");
    Observing observing(lab, FWLEARN_PROGRAM, database);
    REQUIRE(observing.stop() == 0);
    const auto stored = stored_flows(sql::Reader(database).read());
    REQUIRE(stored.size() == 1);
    CHECK(stored.begin()->first.second == answering);
    CHECK(stored.begin()->second.already_open == 1);
}

TEST_CASE("the kernel's own packets are its flows, but neighbour discovery and listener reports are none") {
    const Lab lab;
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    const auto user = model::SocketOwner::user(4001, 4101);
    const auto group = *model::Address::parse("239.192.0.7");
    const auto group6 = *model::Address::parse("ff05::1:7");
    const auto unknown = *model::Address::parse("2001:db8:1::99"); // on the cable, so it has to be looked for
    {
        Observing observing(lab, FWLEARN_PROGRAM, database);
        CableEnd cable(lab);
        const Inside inside(lab.server());
        constexpr std::size_t igmp_type = 24;         // behind the header with its router alert
        constexpr std::size_t icmpv6_type = 40;       // behind the header
        constexpr std::size_t behind_hop_by_hop = 48; // with the router alert
        const auto member = join(user, group);
        cable.wait_for(packet_with(igmp_type, 0x22, group));
        const auto member6 = join(user, group6);
        cable.wait_for(packet_with(behind_hop_by_hop, 143, group6));
        const Fd datagram = [&] {
            const AsUser as_user(user);
            return Fd(must(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
        }();
        const auto to = endpoint(unknown, ports::silent);
        must(static_cast<int>(sendto(datagram.get(), "x", 1, 0, to.get(), to.size)), "sendto");
        cable.wait_for(packet_with(icmpv6_type, 135, unknown));
        REQUIRE(observing.stop() == 0);
    }
    const auto record = sql::Reader(database).read();
    CHECK(record.gaps.empty());
    std::map<Key, std::int64_t> stored;
    for (const auto& flow : record.flows) {
        stored[{flow.key.owner, flow.key.destination}] += static_cast<std::int64_t>(flow.counts.count);
    }
    const Key report{model::SocketOwner::kernel(),
                     {{model::protocol::igmp, 0}, *model::Address::parse("224.0.0.22")}};
    const Key of_user{user, {model::Service::port(model::protocol::udp, ports::silent), unknown}};
    for (const auto& key : {report, of_user}) {
        const auto row = stored.extract(key);
        REQUIRE_MESSAGE(!row.empty(), "missing: ", describe(key));
        CHECK_MESSAGE(row.mapped() == 1, describe(key));
    }
    for (const auto& [key, count] : stored) {
        FAIL_CHECK("no flow, or nobody made " << describe(key) << ": " << count);
    }
}
