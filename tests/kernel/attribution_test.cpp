// Is every flow attributed to the process that sent it, however short it lived and however it sent?
#include "ground/endpoint.hpp"
#include "ground/failure.hpp"
#include "ground/netns.hpp"
#include "ground/process.hpp"
#include "ground/temporary.hpp"
#include "sender/cgroup.hpp"
#include "sender/said.hpp"
#include "sender/senders.hpp"

#include <collector/nflog.hpp>
#include <collector/packet.hpp>
#include <collector/process/attributor.hpp>
#include <model/vocabulary.hpp>

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <deque>
#include <map>
#include <tuple>

using namespace fwlearn;
using namespace fwlearn::kernel_test;
using collector::process::Attributor;
using collector::process::Lineage;

namespace {

constexpr std::uint16_t group = 96;
/// So long nothing new may come before it counts as lost.
constexpr auto patience = std::chrono::seconds(60); // an emulated machine starts Python slowly

std::size_t processes_of_a_kind() {
    if (const char* const asked = std::getenv("FWLEARN_PROCESSES"); asked != nullptr && *asked != '\0') {
        return std::strtoul(asked, nullptr, 10); // an emulated machine is slow
    }
    return std::getenv("FWLEARN_FULL") != nullptr ? 2000 : 200;
}

/// Protocol, address, and port or ICMP identifier.
using Key = std::tuple<std::uint8_t, model::Address, std::uint16_t>;

struct Seen {
    std::optional<Lineage> actor, creator;
    model::Attribution attribution = model::Attribution::unknown;
    model::SocketOwner owner;
};

/// The log and the attributor, as the observer has them, with what they say of each planned flow.
class Watch {
  public:
    explicit Watch(model::AttributionMeans means) : attributor_(means) {}

    void expect(const std::vector<PlannedSender>& planned) {
        wanted_.clear();
        seen_.clear();
        for (std::uint32_t index = 0; index < planned.size(); ++index) {
            const auto& [uid, destination, number] = planned[index];
            const auto protocol = destination.service.protocol;
            wanted_[{protocol.number, destination.address,
                     protocol.has_ports() || protocol.is_icmp() ? number : 0}] = index;
        }
    }

    void read() {
        for (bool more = true; more;) {
            const auto result =
                log_.read(message_, [this](const collector::LoggedPacket& logged) { on_packet(logged); });
            more = result.more;
            lost_ += result.lost;
        }
        if (attributor_.means() == model::AttributionMeans::sockets) {
            late_.clear(); // who is gone stays unknown
        }
        for (auto count = late_.size(); count > 0; --count) {
            auto [tuple, index] = late_.front();
            late_.pop_front();
            if (!attribute(tuple, index)) {
                late_.emplace_back(tuple, index);
            }
        }
    }

    [[nodiscard]] int fd() const { return log_.fd(); }
    [[nodiscard]] const std::map<std::uint32_t, Seen>& seen() const { return seen_; }
    /// Packets of flows that nobody planned.
    [[nodiscard]] std::uint64_t others() const { return others_; }
    /// Messages that the log says it lost.
    [[nodiscard]] std::uint64_t lost() const { return lost_; }
    [[nodiscard]] bool complete() const { return seen_.size() == wanted_.size() && late_.empty(); }
    [[nodiscard]] const Attributor& attributor() const { return attributor_; }

  private:
    void on_packet(const collector::LoggedPacket& logged) {
        const auto packet = collector::decode_packet(logged.bytes);
        if (!packet) {
            ++others_;
            return;
        }
        const auto& tuple = packet->tuple;
        const auto& service = tuple.destination.service;
        const auto number = service.protocol.is_icmp() ? tuple.source_detail : service.detail;
        const auto found = wanted_.find({service.protocol.number, tuple.destination.address, number});
        if (found == wanted_.end() || seen_.contains(found->second)) {
            ++others_;
            return;
        }
        seen_[found->second].owner = logged.owner;
        if (!attribute(tuple, found->second)) {
            late_.emplace_back(tuple, found->second);
        }
    }

    bool attribute(const collector::Tuple& tuple, std::uint32_t index) {
        const auto sighting = attributor_.find(tuple);
        if (!sighting) {
            return false;
        }
        auto& seen = seen_[index];
        seen.actor = attributor_.lineage(sighting->actor);
        seen.creator = attributor_.lineage(sighting->creator);
        seen.attribution = sighting->attribution;
        return true;
    }

    collector::NflogSocket log_{group};
    std::vector<char> message_ = std::vector<char>(collector::nflog_longest_message);
    Attributor attributor_;
    std::uint64_t others_ = 0;
    std::uint64_t lost_ = 0;
    std::map<Key, std::uint32_t> wanted_;
    std::map<std::uint32_t, Seen> seen_;
    std::deque<std::pair<collector::Tuple, std::uint32_t>> late_;
};

struct Truth {
    std::map<std::uint32_t, Said> said;
    int starter = 0;

    void read(int fd) {
        Said one;
        while (::read(fd, &one, sizeof one) == static_cast<ssize_t>(sizeof one)) {
            said[one.index] = one;
        }
    }
};

/// Starts the senders and watches until all have said who they are and all flows are seen and attributed.
Truth watch(Watch& watched, const SenderKind& kind, const std::vector<PlannedSender>& planned,
            const Cgroup& cgroup) {
    watched.expect(planned);
    Truth truth;
    const Senders senders(FWLEARN_SENDER, kind, planned, cgroup.path());
    truth.starter = senders.starter_pid();
    auto deadline = std::chrono::steady_clock::now() + patience;
    while ((truth.said.size() < planned.size() || !watched.complete()) &&
           std::chrono::steady_clock::now() < deadline) {
        // Late ones are looked at again although nothing is readable.
        std::array<pollfd, 2> ready{{{senders.said_fd(), POLLIN, 0}, {watched.fd(), POLLIN, 0}}};
        if (truth.said.size() == planned.size()) {
            ready[0].fd = -1; // its end is readable for ever
        }
        poll(ready.data(), ready.size(), 20);
        const auto before = truth.said.size() + watched.seen().size();
        truth.read(senders.said_fd());
        watched.read();
        if (truth.said.size() + watched.seen().size() > before) {
            deadline = std::chrono::steady_clock::now() + patience;
        }
    }
    return truth;
}

struct Score {
    std::size_t right = 0;
    std::size_t partly = 0; ///< pid, user and cgroup are right, and what it runs or descends from is not told
    std::size_t wrong = 0;
    std::size_t unknown = 0;
};

std::string real_path(const std::string& path) {
    return std::filesystem::canonical(path).string();
}

Score judge(const Watch& watched, const Truth& truth, const SenderKind& kind,
            const std::vector<PlannedSender>& planned, const Cgroup& cgroup) {
    const auto exe = real_path(*kind.exe != '\0' ? kind.exe : FWLEARN_SENDER);
    Score score;
    for (const auto& [index, said] : truth.said) {
        const auto found = watched.seen().find(index);
        if (found == watched.seen().end() || !found->second.actor) {
            ++score.unknown;
            continue;
        }
        const auto& [actor, creator, attribution, owner] = found->second;
        const bool who = actor->process.pid == static_cast<std::uint32_t>(said.pid) &&
                         actor->process.uid == planned[index].uid &&
                         actor->cgroup.raw_bytes() == cgroup.name();
        if (who && actor->process.exe.empty() && !actor->process.comm.empty()) {
            ++score.partly;
            continue;
        }
        bool right = who && actor->process.exe.raw_bytes() == exe && !actor->process.arguments.empty();
        bool whole = true;
        for (std::size_t i = 0; i < Said::most_ancestors && said.ancestors[i] != 0; ++i) { // NOLINT
            if (i >= actor->ancestors.size()) {
                whole = false;
                break;
            }
            right = right &&
                    actor->ancestors[i].pid == static_cast<std::uint32_t>(said.ancestors[i]) && // NOLINT
                    !actor->ancestors[i].exe.empty();
        }
        if (right && !whole) {
            ++score.partly;
            continue;
        }
        if (kind.other_creator) {
            right = right && creator && creator->process.pid != actor->process.pid;
        }
        (right ? score.right : score.wrong) += 1;
        if (!right && score.wrong <= 3) {
            MESSAGE(std::string(kind.name), " ", index, ": pid ", said.pid, " was named ",
                    actor->process.exe.raw_bytes(), " pid ", actor->process.pid, " uid ", actor->process.uid,
                    " in ", actor->cgroup.raw_bytes(), " with ", actor->ancestors.size(), " ancestors");
        }
    }
    return score;
}

/// What each test stands on: the lab's server, which logs everything, seen from inside.
struct Ground {
    explicit Ground(model::AttributionMeans means) : watched((log_everything(), means)) {
        REQUIRE_MESSAGE(watched.attributor().means() == means, watched.attributor().why_not_better());
    }

    Lab lab;
    Cgroup cgroup;
    Inside inside{lab.server()};
    Watch watched;

  private:
    void log_everything() const {
        must_run({"nft", "-f", "-"},
                 {.netns = lab.server().name(),
                  .input = "table inet attribution {\nchain out {\ntype filter hook output priority mangle\n"
                           "ct state new log prefix \"" +
                           std::string(collector::nflog_flow_prefix) +
                           "\" group 96 snaplen 128 queue-threshold 32\n}\n}\n"});
        set_sysctl(lab.server(), "net/ipv4/ping_group_range", "0 2147483647");
        set_sysctl(lab.server(), "net/ipv4/tcp_fastopen", "1");
    }
};

} // namespace

TEST_CASE("short-lived processes of every kind are named, and none is taken for another") {
    Ground ground(model::AttributionMeans::bpf);
    auto& watched = ground.watched;
    for (std::size_t kind = 0; kind < sender_kinds().size(); ++kind) {
        const auto& way = sender_kinds()[kind];
        CAPTURE(std::string(way.name));
        const auto planned = plan_senders(kind, processes_of_a_kind());
        const auto truth = watch(watched, way, planned, ground.cgroup);
        CHECK(truth.said.size() == planned.size());
        CHECK(watched.seen().size() == planned.size());
        const auto score = judge(watched, truth, way, planned, ground.cgroup);
        MESSAGE(std::string(way.name), ": ", score.right, " right, ", score.wrong, " wrong, ", score.unknown,
                " unknown of ", planned.size());
        CHECK(score.wrong == 0);
        CHECK(score.right * 1000 >= planned.size() * 999);
    }
    for (const auto& [name, value] : watched.attributor().counters()) {
        MESSAGE(name, " ", value);
    }
}

TEST_CASE("a process that opens flows as fast as it can takes no other's name away") {
    Ground ground(model::AttributionMeans::bpf);
    auto& watched = ground.watched;
    set_sysctl(ground.lab.server(), "net/netfilter/nf_conntrack_udp_timeout", "1");
    constexpr std::size_t udp = 5;
    REQUIRE(std::string(sender_kinds()[udp].name) == "udp");
    const auto planned = plan_senders(udp, processes_of_a_kind());
    const auto victim = Lab::internet_address(model::Family::ipv6, 60'000).to_string(); // nobody else's
    // One after the other until the others are done: 60,000 flows each.
    Process flood({"sh", "-c", "while :; do \"$0\" flood 0 1003 \"$1\" 5000 3>/dev/null || exit; done",
                   FWLEARN_SENDER, victim});
    const auto begun = std::chrono::steady_clock::now();
    const auto truth = watch(watched, sender_kinds()[udp], planned, ground.cgroup);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    flood.signal(SIGKILL);
    CHECK(flood.wait() == 128 + SIGKILL);
    const auto score = judge(watched, truth, sender_kinds()[udp], planned, ground.cgroup);
    MESSAGE("beside ", static_cast<double>(watched.others()) / took.count(),
            " other flows a second: ", score.right, " right, ", score.wrong, " wrong, ",
            planned.size() - score.right - score.wrong, " unknown of ", planned.size(), "; the log lost ",
            watched.lost());
    CHECK(score.wrong == 0);
    // What the log itself lost, it has counted.
    CHECK((score.right + watched.lost()) * 1000 >= planned.size() * 999);
}

namespace {

/// Prints the table that docs/attribution.md has.
void watch_by(model::AttributionMeans means) {
    Ground ground(means);
    auto& watched = ground.watched;
    for (std::size_t kind = 0; kind < sender_kinds().size(); ++kind) {
        const auto& way = sender_kinds()[kind];
        const auto planned = plan_senders(kind, processes_of_a_kind() / 4);
        const auto truth = watch(watched, way, planned, ground.cgroup);
        const auto score = judge(watched, truth, way, planned, ground.cgroup);
        MESSAGE(std::string(way.name), " by ", std::string(model::to_word(means)), ": ", score.right,
                " right, ", score.partly, " in part, ", score.wrong, " wrong, ", score.unknown,
                " unknown of ", planned.size());
        if (means == model::AttributionMeans::hooks) {
            CHECK(score.wrong == 0);
            CHECK((score.right + score.partly) * 1000 >= planned.size() * 999);
        }
        for (const auto& [index, seen] : watched.seen()) {
            CHECK(seen.attribution != model::Attribution::exact);
        }
    }
}

} // namespace

TEST_CASE(
    "without type information cgroup hooks tell pid, user and cgroup, /proc the rest, and nothing is called "
    "exact") {
    watch_by(model::AttributionMeans::hooks);
}

TEST_CASE("without BPF the sockets that are still there tell who sent, and nothing is called exact") {
    watch_by(model::AttributionMeans::sockets);
}
