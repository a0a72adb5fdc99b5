// Who is found behind a socket, wherever it was made, by whomever it is connected, and whatever becomes of
// its packets.
#include "ground/endpoint.hpp"
#include "ground/failure.hpp"
#include "ground/netns.hpp"
#include "ground/process.hpp"
#include "sender/cgroup.hpp"

#include <collector/process/attributor.hpp>

#include <arpa/inet.h>
#include <bpf/shapes.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

using namespace fwlearn;
using namespace fwlearn::kernel_test;
using collector::process::Attributor;
using collector::process::Lineage;

namespace {

Fd connected_to(const model::Address& address, std::uint16_t port, int type) {
    const auto to = endpoint(address, port);
    Fd sender(must(socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket"));
    const int connected = connect(sender.get(), to.get(), to.size);
    CHECK((connected == 0 || errno == EINPROGRESS));
    return sender;
}

/// What a flow of the socket is logged as.
collector::Tuple tuple_of(const Fd& sender, const model::Address& address, std::uint16_t port, int type) {
    sockaddr_in from{};
    socklen_t length = sizeof from;
    must(getsockname(sender.get(), reinterpret_cast<sockaddr*>(&from), &length), "getsockname"); // NOLINT
    const auto protocol = type == SOCK_DGRAM ? model::protocol::udp : model::protocol::tcp;
    return {Lab::server_address(model::Family::ipv4), {{protocol, port}, address}, ntohs(from.sin_port)};
}

/// As what this process is found behind the flow; nothing where it is not.
std::optional<model::Attribution> ours(Attributor& attributor, const collector::Tuple& flow) {
    const auto sighting = attributor.find(flow);
    const auto lineage = sighting ? attributor.lineage(sighting->actor) : std::nullopt;
    if (!lineage || lineage->process.pid != static_cast<std::uint32_t>(getpid())) {
        return std::nullopt;
    }
    return sighting->attribution;
}

std::uint64_t counted(Attributor& attributor, std::string_view name) {
    for (const auto& [counter, value] : attributor.counters()) {
        if (counter == name) {
            return value;
        }
    }
    FAIL("nobody counts " << name);
    return 0;
}

} // namespace

TEST_CASE("who sends is found by where he sends, whatever destination NAT makes of it") {
    const Lab lab;
    const auto asked = Lab::internet_address(model::Family::ipv4, 1);
    const auto translated = Lab::internet_address(model::Family::ipv4, 2);
    must_run({"nft", "-f", "-"},
             {.netns = lab.server().name(),
              .input = "table ip nat {\nchain output {\ntype nat hook output priority "
                       "-100\nip daddr " +
                       asked.to_string() + " dnat to " + translated.to_string() + "\n}\n}\n"});
    const Inside inside(lab.server());
    Attributor attributor(model::AttributionMeans::bpf);
    REQUIRE_MESSAGE(attributor.means() == model::AttributionMeans::bpf, attributor.why_not_better());
    constexpr std::uint16_t port = 1001;
    for (const int type : {SOCK_DGRAM, SOCK_STREAM}) {
        const auto sender = connected_to(asked, port, type);
        if (type == SOCK_DGRAM) {
            CHECK(send(sender.get(), "", 1, 0) == 1);
        }
        CHECK(ours(attributor, tuple_of(sender, asked, port, type)) == model::Attribution::exact);
    }
}

TEST_CASE("what other network namespaces send takes no room among what is filed") {
    const Lab lab;
    const Lab other;
    const auto address = Lab::internet_address(model::Family::ipv4, 1);
    constexpr std::uint16_t port = 1001;
    const Inside inside(lab.server());
    Attributor attributor(model::AttributionMeans::bpf);
    REQUIRE_MESSAGE(attributor.means() == model::AttributionMeans::bpf, attributor.why_not_better());
    const auto filed = [&attributor] { return counted(attributor, "bpf_flows_filed"); };
    /// A TCP connection, a datagram of a connected socket, and one of another.
    const auto send_three = [&] {
        connected_to(address, port, SOCK_STREAM);
        const auto connected = connected_to(address, port, SOCK_DGRAM);
        CHECK(send(connected.get(), "", 1, 0) == 1);
        const auto to = endpoint(address, port);
        const Fd unconnected(must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
        CHECK(sendto(unconnected.get(), "", 1, 0, to.get(), to.size) == 1);
    };
    const auto before = filed();
    {
        const Inside elsewhere(other.server());
        send_three();
    }
    CHECK(filed() == before);
    send_three();
    CHECK(filed() == before + 3);
}

TEST_CASE("whoever held a socket at the start is taken for who sends, and known to be once he does") {
    const Lab lab;
    const Inside inside(lab.server());
    const auto address = Lab::internet_address(model::Family::ipv4, 1);
    constexpr std::uint16_t port = 1001;
    const auto sender = connected_to(address, port, SOCK_DGRAM);
    const auto flow = tuple_of(sender, address, port, SOCK_DGRAM);
    Attributor attributor(model::AttributionMeans::bpf);
    REQUIRE_MESSAGE(attributor.means() == model::AttributionMeans::bpf, attributor.why_not_better());
    CHECK(ours(attributor, flow) == model::Attribution::inferred);
    CHECK(send(sender.get(), "", 1, 0) == 1);
    CHECK(ours(attributor, flow) == model::Attribution::exact);
}

namespace {

/// More datagrams than are kept, that go nowhere: they are on no wire and in no log. As that user.
void flood(uid_t user) {
    const int pid = must(fork(), "fork");
    if (pid == 0) {
        const Fd socket_of_flood(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        if (setresuid(user, user, user) != 0) {
            _exit(1);
        }
        const auto nowhere = model::Address::v4(std::array<std::uint8_t, 4>{127, 0, 0, 2});
        constexpr std::uint32_t more_than_are_kept = FWLEARN_FILINGS + FWLEARN_FIRST_FILINGS;
        for (std::uint32_t number = 0; number < more_than_are_kept; ++number) {
            const auto to = endpoint(nowhere, static_cast<std::uint16_t>(number % 65535 + 1));
            sendto(socket_of_flood.get(), "", 1, 0, to.get(), to.size); // or is told that nobody is there
        }
        _exit(0);
    }
    int status = 0;
    must(waitpid(pid, &status, 0), "waitpid");
    REQUIRE(status == 0);
}

} // namespace

TEST_CASE("one user's flood takes no place of what another has filed; his own does, which is counted") {
    const Lab lab;
    const Inside inside(lab.server());
    const auto address = Lab::internet_address(model::Family::ipv4, 1);
    constexpr std::uint16_t port = 1001;
    constexpr uid_t other_user = 4242;
    Attributor attributor(model::AttributionMeans::bpf);
    REQUIRE_MESSAGE(attributor.means() == model::AttributionMeans::bpf, attributor.why_not_better());
    const auto sender = connected_to(address, port, SOCK_DGRAM);
    const auto flow = tuple_of(sender, address, port, SOCK_DGRAM);
    CHECK(send(sender.get(), "", 1, 0) == 1);
    attributor.give_up(); // nobody made room: what is not found then has another reason
    CHECK(attributor.not_filed() == 0);
    flood(other_user);
    CHECK(counted(attributor, "bpf_flows_filed") > FWLEARN_FILINGS);
    CHECK(ours(attributor, flow) == model::Attribution::exact);

    // Behind a flood of its own user's it is not among his first of that second, unless the next has begun.
    constexpr int most_seconds = 10;
    bool lost = false;
    for (int second = 0; second < most_seconds && !lost; ++second) {
        flood(geteuid());
        const auto late = connected_to(address, port, SOCK_DGRAM);
        CHECK(send(late.get(), "", 1, 0) == 1);
        flood(geteuid());
        lost = !ours(attributor, tuple_of(late, address, port, SOCK_DGRAM));
    }
    REQUIRE(lost);
    attributor.give_up();
    CHECK(attributor.not_filed() == 1);
    CHECK(counted(attributor, "bpf_flows_evicted") == 1);
}

TEST_CASE("one user's flood takes no place of what another has filed by cgroup hooks either") {
    const Lab lab;
    const Inside inside(lab.server());
    const auto address = Lab::internet_address(model::Family::ipv4, 1);
    constexpr std::uint16_t port = 1001;
    constexpr uid_t other_user = 4242;
    Attributor attributor(model::AttributionMeans::hooks);
    REQUIRE_MESSAGE(attributor.means() == model::AttributionMeans::hooks, attributor.why_not_better());
    const auto gone = [&] { // no socket tells any more who sent
        const auto sender = connected_to(address, port, SOCK_DGRAM);
        CHECK(send(sender.get(), "", 1, 0) == 1);
        return tuple_of(sender, address, port, SOCK_DGRAM);
    };
    const auto flow = gone();
    flood(other_user);
    CHECK(counted(attributor, "bpf_flows_filed") > FWLEARN_FILINGS);
    CHECK(ours(attributor, flow) == model::Attribution::inferred);
}

namespace {

Fd tcp_socket(int family) {
    return Fd(must(socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket"));
}

/// Moves the running process, and what it makes and sends from then on.
bool enter(const std::string& cgroup) {
    const Fd members(open((cgroup + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
    return write(members.get(), "0", 1) == 1;
}

/// The pid of a child, gone by now, that has connected the socket, from another cgroup unless there is none.
std::uint32_t connected_by_child(const Fd& sender, const Endpoint& to, const std::string& cgroup = "") {
    const int pid = must(fork(), "fork");
    if (pid == 0) {
        const bool moved = cgroup.empty() || enter(cgroup);
        const int connected = connect(sender.get(), to.get(), to.size);
        _exit(moved && (connected == 0 || errno == EINPROGRESS) ? 0 : 1);
    }
    int status = 0;
    must(waitpid(pid, &status, 0), "waitpid");
    REQUIRE(status == 0);
    return static_cast<std::uint32_t>(pid);
}

struct Known {
    Lineage actor, creator;
};

Known known(Attributor& attributor, const Fd& sender, const model::Address& address, std::uint16_t port) {
    const auto sighting = attributor.find(tuple_of(sender, address, port, SOCK_STREAM));
    REQUIRE(sighting);
    CHECK(sighting->attribution == model::Attribution::exact);
    const auto actor = attributor.lineage(sighting->actor);
    const auto creator = attributor.lineage(sighting->creator);
    REQUIRE(actor);
    REQUIRE(creator);
    return {*actor, *creator};
}

} // namespace

TEST_CASE("who connects a TCP socket is told from who made it, and both by the cgroup that they were in") {
    const Lab lab;
    const Cgroup other;
    const Inside inside(lab.server());
    const auto older = tcp_socket(AF_INET);
    Attributor attributor(model::AttributionMeans::bpf);
    REQUIRE_MESSAGE(attributor.means() == model::AttributionMeans::bpf, attributor.why_not_better());
    const auto self = static_cast<std::uint32_t>(getpid());
    const auto ipv4 = Lab::internet_address(model::Family::ipv4, 1);
    std::uint16_t port = 1001;
    {
        const auto child = connected_by_child(older, endpoint(ipv4, port));
        const auto [actor, creator] = known(attributor, older, ipv4, port);
        CHECK(actor.process.pid == child);
        CHECK(creator.process.pid == self);
    }
    for (const auto& address : {ipv4, Lab::internet_address(model::Family::ipv6, 1)}) {
        for (const bool moved : {false, true}) {
            CAPTURE(address.to_string());
            CAPTURE(moved);
            ++port;
            const auto sender = tcp_socket(domain(address));
            const auto child = connected_by_child(sender, endpoint(address, port), moved ? other.path() : "");
            const auto [actor, creator] = known(attributor, sender, address, port);
            CHECK(actor.process.pid == child);
            CHECK((actor.cgroup.raw_bytes() == other.name()) == moved);
            CHECK(creator.process.pid == self);
            CHECK(creator.cgroup.raw_bytes() != other.name());
        }
    }
    {
        ++port;
        const auto sender = tcp_socket(AF_INET6); // to an IPv4 address
        sockaddr_in6 mapped{};
        mapped.sin6_family = AF_INET6;
        mapped.sin6_port = htons(port);
        inet_pton(AF_INET6, ("::ffff:" + ipv4.to_string()).c_str(), &mapped.sin6_addr);
        Endpoint to;
        std::memcpy(&to.storage, &mapped, sizeof mapped);
        to.size = sizeof mapped;
        const auto child = connected_by_child(sender, to);
        CHECK(known(attributor, sender, ipv4, port).actor.process.pid == child);
    }
    // One process, which another cgroup gets between the one call and the other.
    std::array<int, 2> passing{};
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, passing.data()), "socketpair");
    const Fd here(passing[0]);
    const Fd there(passing[1]);
    ++port;
    const auto to = endpoint(ipv4, port);
    const int pid = must(fork(), "fork");
    if (pid == 0) {
        const auto sender = tcp_socket(AF_INET);
        const bool moved = enter(other.path());
        const int connected = connect(sender.get(), to.get(), to.size);
        sockaddr_in from{};
        socklen_t length = sizeof from;
        getsockname(sender.get(), reinterpret_cast<sockaddr*>(&from), &length); // NOLINT
        const bool told = write(there.get(), &from.sin_port, sizeof from.sin_port) == sizeof from.sin_port;
        _exit(moved && told && (connected == 0 || errno == EINPROGRESS) ? 0 : 1);
    }
    int status = 0;
    must(waitpid(pid, &status, 0), "waitpid");
    REQUIRE(status == 0);
    std::uint16_t source = 0;
    REQUIRE(read(here.get(), &source, sizeof source) == sizeof source);
    const auto sighting = attributor.find(
        {Lab::server_address(model::Family::ipv4), {{model::protocol::tcp, port}, ipv4}, ntohs(source)});
    REQUIRE(sighting);
    const auto actor = attributor.lineage(sighting->actor);
    const auto creator = attributor.lineage(sighting->creator);
    REQUIRE(actor);
    REQUIRE(creator);
    CHECK(actor->process.pid == static_cast<std::uint32_t>(pid));
    CHECK(actor->cgroup.raw_bytes() == other.name());
    CHECK(creator->process.pid == static_cast<std::uint32_t>(pid));
    CHECK(creator->cgroup.raw_bytes() != other.name());
}

namespace {

/// Somebody who is to decide of packets (NFQUEUE), and never does.
class Undecided {
  public:
    explicit Undecided(std::uint16_t queue) : socket_(mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC)) {
        must(socket_ ? mnl_socket_bind(socket_.get(), 0, MNL_SOCKET_AUTOPID) : -1, "a netlink socket");
        std::array<char, 256> message{};
        auto* const header = mnl_nlmsg_put_header(message.data());
        header->nlmsg_type = NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_CONFIG;
        header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
        auto* const general = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(header, sizeof(nfgenmsg)));
        general->nfgen_family = AF_UNSPEC;
        general->version = NFNETLINK_V0;
        general->res_id = htons(queue);
        const nfqnl_msg_config_cmd command{.command = NFQNL_CFG_CMD_BIND, ._pad = 0, .pf = htons(AF_INET)};
        mnl_attr_put(header, NFQA_CFG_CMD, sizeof command, &command);
        must(static_cast<int>(mnl_socket_sendto(socket_.get(), header, header->nlmsg_len)), "sendto");
        std::array<char, 1024> answer{};
        const auto length = mnl_socket_recvfrom(socket_.get(), answer.data(), answer.size());
        must(mnl_cb_run(answer.data(), static_cast<std::size_t>(length), 0,
                        mnl_socket_get_portid(socket_.get()), nullptr, nullptr),
             "NFQUEUE");
    }

  private:
    struct Close {
        void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
    };
    std::unique_ptr<mnl_socket, Close> socket_;
};

} // namespace

TEST_CASE("who connects is told although somebody keeps the first packet and does not decide of it") {
    const Lab lab;
    must_run({"iptables", "-A", "OUTPUT", "-p", "tcp", "-j", "NFQUEUE", "--queue-num", "3"},
             {.netns = lab.server().name()});
    const Inside inside(lab.server());
    const auto address = Lab::internet_address(model::Family::ipv4, 1);
    const auto connect = [&](Attributor& attributor, std::uint16_t port) {
        const auto sender = connected_to(address, port, SOCK_STREAM);
        return ours(attributor, tuple_of(sender, address, port, SOCK_STREAM));
    };
    SUBCASE("from the start") {
        const Undecided decider(3);
        Attributor attributor(model::AttributionMeans::bpf);
        REQUIRE_MESSAGE(attributor.means() == model::AttributionMeans::bpf, attributor.why_not_better());
        CHECK(connect(attributor, 1001) == model::Attribution::exact);
    }
    SUBCASE("from the first one on that nobody is found behind") {
        Attributor attributor(model::AttributionMeans::bpf);
        REQUIRE_MESSAGE(attributor.means() == model::AttributionMeans::bpf, attributor.why_not_better());
        const Undecided decider(3);
        CHECK_FALSE(connect(attributor, 1001));
        CHECK(connect(attributor, 1002) == model::Attribution::exact);
    }
}
