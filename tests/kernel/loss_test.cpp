// Is everything that is lost on its way counted where it is lost, to the last message, and told as a gap?
#include "ground/as_user.hpp"
#include "ground/children.hpp"
#include "ground/clashes.hpp"
#include "ground/conntrack.hpp"
#include "ground/counters.hpp"
#include "ground/endpoint.hpp"
#include "ground/failure.hpp"
#include "ground/netlink_sockets.hpp"
#include "ground/observing.hpp"
#include "ground/process.hpp"
#include "ground/responder.hpp"
#include "ground/temporary.hpp"

#include <sql/reader.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <thread>

using namespace fwlearn;
using namespace fwlearn::kernel_test;

namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::uint32_t uid = 4001;

constexpr unsigned addresses = 512; ///< for each port, one after the other

/// One datagram each to so many destinations that say nothing, none of which was sent to before.
class Burst {
  public:
    explicit Burst(const Lab& lab) {
        const Inside inside(lab.server());
        const AsUser user(model::SocketOwner::user(uid, 4101));
        socket_ = Fd(must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
    }

    void send(unsigned count) {
        for (unsigned i = 0; i < count; ++i, ++sent_) {
            const auto to = endpoint(Lab::internet_address(model::Family::ipv4, sent_ % addresses),
                                     static_cast<std::uint16_t>(ports::silent + sent_ / addresses));
            REQUIRE(sent_ / addresses < ports::silent_count);
            must(static_cast<int>(sendto(socket_.get(), "x", 1, 0, to.get(), to.size)), "sendto");
        }
    }

    /// The same at so many a second. The pace is the test's input.
    void send(unsigned count, unsigned a_second) {
        constexpr unsigned at_once = 50;
        const auto began = steady_clock::now();
        for (unsigned done = 0; done < count; done += at_once) {
            std::this_thread::sleep_until(began + std::chrono::microseconds(1'000'000ULL * done / a_second));
            send(std::min(at_once, count - done));
        }
    }

    [[nodiscard]] unsigned sent() const { return sent_; }

  private:
    Fd socket_;
    unsigned sent_ = 0;
};

/// What most of these tests stand on.
struct Ground {
    Lab lab;
    Responder responder{lab};
    TemporaryDirectory directory;
    std::filesystem::path database = directory.path() / "flows.db";
    Burst burst{lab};
};

/// What the kernel counted beside the rules: asked of the kernel, not of the collector.
std::uint64_t kernel_counter(const Lab& lab) {
    const auto listing = must_run({"nft", "list", "counter", "inet", "fwlearn_observe", "logged"},
                                  {.netns = lab.server().name()});
    const std::string label = "packets ";
    const auto at = listing.find(label);
    REQUIRE(at != std::string::npos);
    return std::strtoull(listing.c_str() + at + label.size(), nullptr, 10);
}

/// What the gaps of this reason add up to.
std::uint64_t lost(const model::Record& record, model::GapReason reason) {
    std::uint64_t sum = 0;
    for (const auto& gap : record.gaps) {
        if (gap.reason == reason) {
            REQUIRE(gap.lost.has_value());
            CHECK(gap.ended >= gap.started);
            sum += *gap.lost;
        }
    }
    return sum;
}

struct Flows {
    std::uint64_t all = 0;
    std::uint64_t of_user = 0; ///< of these: with the user that only the log message tells
};

/// To the destinations that say nothing.
Flows flows_of(const model::Record& record) {
    Flows flows;
    for (const auto& flow : record.flows) {
        const auto& service = flow.key.destination.service;
        if (service.protocol == model::protocol::udp && service.detail >= ports::silent) {
            flows.all += flow.counts.count;
            flows.of_user +=
                flow.key.owner == model::SocketOwner::user(uid, 4101) ? flow.counts.count : std::uint64_t{0};
        }
    }
    return flows;
}

/// Until it holds; the collector writes once a second.
template <typename Condition>
void wait_until(Condition&& condition, const std::string& what) {
    const auto deadline = steady_clock::now() + 60s;
    while (!condition()) {
        if (steady_clock::now() >= deadline) {
            throw std::runtime_error("it never came to this: " + what);
        }
        std::this_thread::sleep_for(100ms);
    }
}

/// While it lives, the process does not get to run.
class Stopped {
  public:
    explicit Stopped(const Process& process) : process_(process) { process_.signal(SIGSTOP); }
    ~Stopped() { process_.signal(SIGCONT); }
    Stopped(const Stopped&) = delete;
    Stopped& operator=(const Stopped&) = delete;

  private:
    const Process& process_;
};

unsigned overload_runs() {
    return std::getenv("FWLEARN_FULL") != nullptr ? 100 : FWLEARN_FEW ? 2 : 10;
}

} // namespace

TEST_CASE("under overload the loss that is told is the kernel's counter less what came in, in every run") {
    const Lab lab;
    const Responder responder(lab);
    std::random_device device;
    const auto seed = device();
    MESSAGE("random seed ", seed);
    std::mt19937 random(seed);
    std::uint64_t lost_in_all = 0;
    std::uint64_t logged_in_all = 0;
    for (unsigned run = 0; run < overload_runs(); ++run) {
        CAPTURE(run);
        const TemporaryDirectory directory;
        const auto database = directory.path() / "flows.db";
        Burst burst(lab);
        std::uint64_t counted = 0;
        std::uint64_t events_dropped = 0;
        {
            Observing observing(lab, FWLEARN_PROGRAM, database, {}, {"--attribution", "none"});
            const NetlinkSockets sockets(observing.process());
            constexpr int kibibyte = 1024;
            set_buffer(sockets.log, static_cast<int>(8 + random() % 64) * kibibyte);
            set_buffer(sockets.events, static_cast<int>(8 + random() % 512) * kibibyte);
            {
                const Stopped stopped(observing.process());
                burst.send(1000 + static_cast<unsigned>(random() % 2000));
            }
            if (run % 2 == 0) {
                burst.send(100); // with numbers that show the hole before; otherwise nothing does
            }
            if (run % 3 == 0) {
                // While it goes on observing.
                wait_until(
                    [&] {
                        const auto now = stored_counters(database);
                        return now.at("nflog_lost") + now.at("nflog_received") == burst.sent() &&
                               now.at("conntrack_dumps") > 1;
                    },
                    "all is told, and conntrack's table has been read again");
            }
            counted = kernel_counter(lab);
            events_dropped = drops_of(lab.server(), sockets.events);
            REQUIRE(observing.stop() == 0);
        }
        const auto record = sql::Reader(database).read();
        const auto counters = stored_counters(database);
        const auto told = lost(record, model::GapReason::nflog_overrun);
        CHECK(counted == burst.sent());
        CHECK(counters.at("nflog_logged") == counted);
        CHECK(told == counted - counters.at("nflog_received"));
        CHECK(told == counters.at("nflog_lost"));
        CHECK(told > 0);
        CHECK(lost(record, model::GapReason::events_overrun) == events_dropped);
        // What was lost of either is made up for from conntrack's table; who sent it is not known.
        const auto flows = flows_of(record);
        CHECK(flows.all == burst.sent());
        CHECK(flows.of_user == counters.at("nflog_received"));
        lost_in_all += told;
        logged_in_all += counted;
        forget_connections(lab);
    }
    MESSAGE(overload_runs(), " runs, ", logged_in_all, " messages, ", lost_in_all, " lost, all told");
}

TEST_CASE_FIXTURE(
    Ground,
    "without the counter a loss at the very end is told all the same, where need be without its number") {
    must_run({"nft", "-f", "-"},
             {.netns = lab.server().name(),
              .input = must_run({FWLEARN_PROGRAM, "observe", "--print-rules", "--group", Observing::group})});
    {
        Observing observing(lab, FWLEARN_PROGRAM, database, {}, {"--attribution", "none", "--no-rules"});
        const NetlinkSockets sockets(observing.process());
        constexpr int small = 16 * 1024;
        set_buffer(sockets.log, small);
        {
            const Stopped stopped(observing.process());
            burst.send(2000);
        }
        REQUIRE(observing.stop() == 0);
    }
    const auto record = sql::Reader(database).read();
    const auto counters = stored_counters(database);
    CHECK(counters.at("nflog_logged") == 0);
    CHECK(counters.at("nflog_received") < burst.sent());
    const auto without_number = std::ranges::count_if(record.gaps, [](const auto& gap) {
        return gap.reason == model::GapReason::nflog_overrun && !gap.lost;
    });
    // The kernel may have kept the burst's last messages back until there was room again: these show the
    // hole.
    if (without_number == 0) {
        CHECK(lost(record, model::GapReason::nflog_overrun) == burst.sent() - counters.at("nflog_received"));
    }
    CHECK(without_number <= 1);
    CHECK(flows_of(record).all == burst.sent());
}

TEST_CASE_FIXTURE(Ground, "a stall of two seconds under ten thousand new flows a second loses nothing") {
    constexpr unsigned a_second = 10'000;
    constexpr unsigned flows_sent = 2 * a_second;
    constexpr unsigned after_it = 50;
    {
        Observing observing(lab, FWLEARN_PROGRAM, database);
        const NetlinkSockets sockets(observing.process());
        {
            const Stopped stopped(observing.process());
            burst.send(flows_sent, a_second);
            forget_connections(lab); // so that conntrack has told of each flow's end, too
            MESSAGE("held back for ", flows_sent, " flows: ", octets_held(sockets.log), " of ",
                    buffer_of(sockets.log), " octets of log messages, ", octets_held(sockets.events), " of ",
                    buffer_of(sockets.events), " of events");
        }
        CHECK(kernel_counter(lab) == flows_sent);
        wait_until([&] { return stored_counters(database)["conntrack_events"] >= flows_sent; },
                   "all ends have been read");
        burst.send(after_it);
        forget_connections(lab);
        REQUIRE(observing.stop() == 0);
    }
    const auto record = sql::Reader(database).read();
    for (const auto& gap : record.gaps) {
        FAIL_CHECK("a gap of reason " << static_cast<int>(gap.reason) << ", " << gap.lost.value_or(0)
                                      << " lost");
    }
    const auto counters = stored_counters(database);
    constexpr unsigned all = flows_sent + after_it;
    CHECK(counters.at("nflog_received") == all);
    // Of the ends the memory's fill came that way, the rest through the socket, and those that came later
    // again by the memory.
    constexpr unsigned fill = (512U << 10U) / 64 - 2; // the ring is never filled to the last octet
    CHECK(counters.at("conntrack_events") >= all);
    CHECK(counters.at("conntrack_events_by_ring") > fill);
    CHECK(counters.at("conntrack_events_by_ring") < all / 2);
    const auto flows = flows_of(record);
    CHECK(flows.all == all);
    CHECK(flows.of_user == all);
}

TEST_CASE_FIXTURE(Ground,
                  "what is thrown away on purpose is told as lost, each once, and the rest is stored") {
    constexpr unsigned flows_sent = 1000;
    {
        Observing observing(lab, FWLEARN_PROGRAM, database, {},
                            {"--attribution", "none", "--simulate-drops", "1/100"});
        burst.send(flows_sent);
        CHECK(kernel_counter(lab) == flows_sent);
        REQUIRE(observing.stop() == 0);
    }
    const auto record = sql::Reader(database).read();
    const auto counters = stored_counters(database);
    CHECK(lost(record, model::GapReason::simulated_drops) == flows_sent / 100);
    CHECK(lost(record, model::GapReason::nflog_overrun) == 0);
    CHECK(counters.at("simulated_drops") == flows_sent / 100);
    CHECK(counters.at("nflog_lost") == 0);
    CHECK(counters.at("nflog_logged") ==
          counters.at("nflog_received") + counters.at("nflog_lost") + counters.at("simulated_drops"));
    CHECK(flows_of(record).of_user == flows_sent - flows_sent / 100);
    const auto status = must_run({FWLEARN_PROGRAM, "--db", database.string(), "status"});
    CHECK_MESSAGE(status.find("lost        simulated drops 10\n") != std::string::npos, status);
}

TEST_CASE_FIXTURE(Ground, "packets that came while nobody could read them are a gap of their number") {
    std::uint64_t seconds = 0;
    {
        Observing observing(lab, FWLEARN_PROGRAM, database, {}, {"--attribution", "none"});
        const int spawner = children_of(observing.process().pid()).at(0);
        REQUIRE(spawner > 0);
        const std::jthread killer([spawner](const std::stop_token& stopped) {
            while (!stopped.stop_requested()) {
                for (const int reader : children_of(spawner)) {
                    ::kill(reader, SIGKILL);
                }
            }
        });
        // New readers are started a few times a second only, so that soon there is none.
        const auto told = [this] {
            const auto counters = stored_counters(database);
            const auto found = counters.find("packets_fatal");
            return found != counters.end() && found->second > 0;
        };
        for (; !told(); ++seconds) {
            REQUIRE(seconds < 60);
            burst.send(100, 100);
        }
    }
    const auto record = sql::Reader(database).read();
    CHECK(lost(record, model::GapReason::packets_not_read) == stored_counters(database).at("packets_fatal"));
    const auto status = run({FWLEARN_PROGRAM, "--db", database.string(), "status"}).out;
    CHECK_MESSAGE(status.find("packets not read") != std::string::npos, status);
}

TEST_CASE_FIXTURE(
    Ground, "packets that conntrack was told not to track are a gap of their number, and nobody's flows") {
    must_run({"nft", "-f", "-"},
             {.netns = lab.server().name(),
              .input = "table inet raw {\nchain output {\ntype filter hook output priority raw\n"
                       "udp dport " +
                       std::to_string(ports::silent) + " notrack\n}\n}\n"});
    constexpr unsigned sent = 600;
    {
        Observing observing(lab, FWLEARN_PROGRAM, database, {}, {"--attribution", "none"});
        burst.send(sent);
        REQUIRE(observing.stop() == 0);
    }
    const auto record = sql::Reader(database).read();
    CHECK(lost(record, model::GapReason::untracked) == addresses);
    CHECK(stored_counters(database).at("untracked_packets") == addresses);
    CHECK(flows_of(record).all == sent - addresses);
    const auto whitelist = must_run({FWLEARN_PROGRAM, "--db", database.string(), "suggest", "-o", "nft"});
    CHECK_MESSAGE(whitelist.find("not tracked") != std::string::npos, whitelist);
}

TEST_CASE_FIXTURE(Ground,
                  "where conntrack tells no ends that is said, and nothing is called unanswered for it") {
    must_run({"sh", "-c", "echo 0 >/proc/sys/net/netfilter/nf_conntrack_events"},
             {.netns = lab.server().name()});
    Observing observing(lab, FWLEARN_PROGRAM, database, {}, {"--attribution", "none"});
    burst.send(10);
    REQUIRE(observing.stop() == 0);
    const auto said = observing.process().err();
    CHECK_MESSAGE(said.find("net.netfilter.nf_conntrack_events = 0") != std::string::npos, said);
    const auto record = sql::Reader(database).read();
    CHECK(flows_of(record).of_user == 10);
    for (const auto& flow : record.flows) {
        CHECK(flow.counts.unanswered == 0);
    }
}

TEST_CASE_FIXTURE(Ground, "an observer that can start no reader any more ends, and says why") {
    Observing observing(lab, FWLEARN_PROGRAM, database, {}, {"--attribution", "none"});
    const int spawner = children_of(observing.process().pid()).at(0);
    REQUIRE(spawner > 0);
    must(::kill(spawner, SIGKILL), "kill");
    burst.send(1);
    CHECK(observing.process().wait() == 2);
    const auto said = observing.process().err();
    CHECK_MESSAGE(said.find("the process that starts the readers of packets is gone") != std::string::npos,
                  said);
    CHECK(said.ends_with("can be read any more\n"));
    CHECK_FALSE(has_observation_table(lab.server()));
}

TEST_CASE("entries that conntrack cannot put into its table are told as a gap with their number") {
    const Lab lab;
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    constexpr unsigned clashes = 7;
    {
        Observing observing(lab, FWLEARN_PROGRAM, database, {}, {"--attribution", "none"});
        make_entries_clash(lab, clashes);
        REQUIRE(observing.stop() == 0);
    }
    const auto record = sql::Reader(database).read();
    CHECK(lost(record, model::GapReason::conntrack_insert_failed) == clashes);
    CHECK(stored_counters(database).at("conntrack_insert_failed") == clashes);
    // The kernel counts a packet that it drops for a clash in both.
    CHECK(lost(record, model::GapReason::conntrack_full) == clashes);
    CHECK(stored_counters(database).at("conntrack_dropped") == clashes);
    CHECK(stored_counters(database).at("conntrack_early_dropped") == 0);
    CHECK(lost(record, model::GapReason::nflog_overrun) == 0);
}

TEST_CASE("receive buffers that the machine's limit keeps small are told at the start") {
    const TemporaryDirectory directory;
    std::ifstream file("/proc/sys/net/core/rmem_max");
    std::uint64_t limit = 0;
    file >> limit;
    REQUIRE(limit > 0);
    // Root of a user namespace alone may not go beyond it.
    const auto result = run({"unshare", "--user", "--map-root-user", "--net", FWLEARN_PROGRAM, "--db",
                             (directory.path() / "flows.db").string(), "observe", "--duration", "100ms",
                             "--attribution", "none"});
    CHECK_MESSAGE(result.status == 0, result.err);
    constexpr std::uint64_t least = 8ULL * 1024 * 1024;
    CHECK_MESSAGE((result.err.find("net.core.rmem_max") != std::string::npos) == (limit < least), result.err);
}
