// Do others who speak on the collector's channels, or want them for themselves, make no row, and are they
// told?
#include "ground/as_user.hpp"
#include "ground/conntrack.hpp"
#include "ground/counters.hpp"
#include "ground/endpoint.hpp"
#include "ground/failure.hpp"
#include "ground/forged.hpp"
#include "ground/netlink_sockets.hpp"
#include "ground/observing.hpp"
#include "ground/process.hpp"
#include "ground/responder.hpp"
#include "ground/temporary.hpp"
#include "sender/cgroup.hpp"

#include <sql/reader.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <thread>

using namespace fwlearn;
using namespace fwlearn::kernel_test;

namespace {

constexpr std::uint32_t uid = 4001;
constexpr unsigned datagrams = 50;

std::uint16_t group() {
    std::uint16_t number = 0;
    const std::string_view text(Observing::group);
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

void send_datagrams(const Lab& lab, std::uint16_t port) {
    const Inside inside(lab.server());
    const AsUser user(model::SocketOwner::user(uid, uid));
    const Fd sender(must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
    for (unsigned i = 0; i < datagrams; ++i) {
        const auto to = endpoint(Lab::internet_address(model::Family::ipv4, i), port);
        must(static_cast<int>(sendto(sender.get(), "x", 1, 0, to.get(), to.size)), "sendto");
    }
}

/// Flows to this port, by this user or by whom ever.
std::uint64_t flows_to(const model::Record& record, std::uint16_t port, bool of_the_user) {
    std::uint64_t flows = 0;
    for (const auto& flow : record.flows) {
        const bool counts = !of_the_user || flow.key.owner == model::SocketOwner::user(uid, uid);
        flows += flow.key.destination.service.detail == port && counts ? flow.counts.count : 0;
    }
    return flows;
}

std::size_t lines_with(const std::string& text, const std::string& words) {
    std::size_t lines = 0;
    for (auto at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) {
        ++lines;
    }
    return lines;
}

} // namespace

TEST_CASE("a group that another program has bound is refused in one line with the group and who has it") {
    const Lab lab;
    const TemporaryDirectory directory;
    const Fd held = hold_group(lab.server(), group());
    const auto result = run({FWLEARN_PROGRAM, "--db", (directory.path() / "flows.db").string(), "observe",
                             "--group", Observing::group, "--duration", "10s"},
                            {.netns = lab.server().name()});
    CHECK(result.status == 2);
    CHECK(result.out.empty());
    CHECK_MESSAGE(std::ranges::count(result.err, '\n') == 1, result.err);
    CHECK(lines_with(result.err, "NFLOG group " + std::string(Observing::group)) == 1);
    CHECK(lines_with(result.err, "pid " + std::to_string(getpid())) == 1);
    std::string own_name;
    std::getline(std::ifstream("/proc/self/comm"), own_name);
    CHECK(lines_with(result.err, "(" + own_name + ")") == 1);
    CHECK_FALSE(has_observation_table(lab.server()));
}

TEST_CASE("what other rules log to the same group makes no row, is counted, and is said once") {
    const Lab lab;
    const Responder responder(lab);
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    constexpr std::uint16_t seen_by_others = ports::silent + 1;
    // Dropped before conntrack and observation see them, so that the foreign rule alone tells of them.
    must_run({"nft", "-f", "-"},
             {.netns = lab.server().name(),
              .input = "table inet foreign {\nchain out {\ntype filter hook output priority -300\n"
                       "udp dport 7001 log prefix \"evil\x1b[31m \" group 97 drop\n}\n}\n"});
    std::string said;
    {
        Observing observing(lab, FWLEARN_PROGRAM, database, {}, {"--attribution", "none"});
        {
            const Inside inside(lab.server());
            const Fd sender(must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
            for (unsigned i = 0; i < datagrams; ++i) {
                const auto to = endpoint(Lab::internet_address(model::Family::ipv4, i), seen_by_others);
                // EPERM: the rule has dropped it.
                CHECK(sendto(sender.get(), "x", 1, 0, to.get(), to.size) < 0);
            }
        }
        send_datagrams(lab, ports::silent);
        REQUIRE(observing.stop() == 0);
        said = observing.process().err();
    }
    const auto record = sql::Reader(database).read();
    CHECK(flows_to(record, seen_by_others, false) == 0);
    CHECK(flows_to(record, ports::silent, true) == datagrams);
    CHECK(record.gaps.empty());
    CHECK(stored_counters(database).at("foreign_messages") == datagrams);
    CHECK(stored_counters(database).at("nflog_received") == stored_counters(database).at("nflog_logged"));
    CHECK_MESSAGE(lines_with(said, "foreign_messages") == 1, said);
    CHECK_MESSAGE(lines_with(said, "evil") == 1, said);
    CHECK(said.find('\x1b') == std::string::npos);
}

TEST_CASE("rules that the administrator places as they are printed are fwlearn's own") {
    const Lab lab;
    const Responder responder(lab);
    for (const std::string format : {"nft", "iptables"}) {
        CAPTURE(format);
        const TemporaryDirectory directory;
        const auto database = directory.path() / "flows.db";
        const auto rules = must_run(
            {FWLEARN_PROGRAM, "observe", "--print-rules", "-o", format, "--group", Observing::group});
        must_run(format == "nft" ? std::vector<std::string>{"nft", "-f", "-"}
                                 : std::vector<std::string>{"sh", "-e", "-s"},
                 {.netns = lab.server().name(), .input = rules});
        std::string said;
        {
            Observing observing(lab, FWLEARN_PROGRAM, database, {}, {"--attribution", "none", "--no-rules"});
            send_datagrams(lab, ports::silent);
            REQUIRE(observing.stop() == 0);
            said = observing.process().err();
        }
        const auto record = sql::Reader(database).read();
        CHECK(flows_to(record, ports::silent, true) == datagrams);
        CHECK(record.gaps.empty());
        CHECK(stored_counters(database).at("foreign_messages") == 0);
        CHECK(stored_counters(database).at("nflog_received") == datagrams);
        CHECK(lines_with(said, "foreign_messages") == 0);
        must_run({"nft", "flush", "ruleset"}, {.netns = lab.server().name()});
        forget_connections(lab);
    }
}

TEST_CASE("messages that somebody else than the kernel sends make no row, are counted, and are said once") {
    const Lab lab;
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    const auto destination = Lab::internet_address(model::Family::ipv4, 66);
    constexpr std::uint16_t logged_port = 6661;
    constexpr std::uint16_t opened_port = 6662;
    constexpr unsigned times = 3;
    std::string said;
    {
        Observing observing(lab, FWLEARN_PROGRAM, database, {}, {"--attribution", "none"});
        const NetlinkSockets sockets(observing.process());
        send_forged(lab.server(), port_of(sockets.log),
                    forged_log_message(lab, destination, logged_port, group(), "fwlearn flow", uid), times);
        send_forged(lab.server(), port_of(sockets.events), forged_event(destination, opened_port), times);
        REQUIRE(observing.stop() == 0);
        said = observing.process().err();
    }
    const auto record = sql::Reader(database).read();
    CHECK(flows_to(record, logged_port, false) == 0);
    CHECK(flows_to(record, opened_port, false) == 0);
    CHECK(record.gaps.empty());
    CHECK(stored_counters(database).at("forged_messages") == 2 * times);
    CHECK_MESSAGE(lines_with(said, "forged_messages") == 1, said);
}

TEST_CASE("a process whose names in /proc hold newlines, quotes and escapes breaks no row and no output") {
    const Cgroup above;
    const auto inside = above.path() + "/e\"v\x1b[2J 'il #";
    std::filesystem::create_directory(inside); // cgroup names take anything but a newline
    const std::string comm = "a) R 1\n\"\x1b[2J; x";
    const std::string argument = "arg\nument\x1b[2J\"";
    for (const std::string means : {"bpf", "sockets"}) {
        CAPTURE(means);
        const Lab lab;
        const Responder responder(lab);
        const TemporaryDirectory directory;
        const auto database = directory.path() / "flows.db";
        const auto address = Lab::internet_address(model::Family::ipv4, 7).to_string();
        constexpr std::uint16_t port = ports::silent + 7;
        const auto script = (directory.path() / "hostile.py").string();
        std::ofstream(script) << R"(import os, signal, socket, sys
open(sys.argv[1] + "/cgroup.procs", "w").write("0")
open("/proc/self/comm", "wb").write(os.fsencode(sys.argv[2])[:15])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect((sys.argv[3], int(sys.argv[4])))
s.send(b"x")
print("sent", flush=True)
signal.pause()
)";
        {
            Observing observing(lab, FWLEARN_PROGRAM, database, {}, {"--attribution", means});
            const Process hostile({"python3", script, inside, comm, address, std::to_string(port), argument},
                                  {.netns = lab.server().name()});
            for (int tries = 0; hostile.out().empty() && tries < 600; ++tries) {
                std::this_thread::sleep_for(std::chrono::milliseconds(100));
            }
            REQUIRE_MESSAGE(hostile.out() == "sent\n", hostile.err());
            REQUIRE(observing.stop() == 0); // while it still holds its socket
        }
        const auto record = sql::Reader(database).read();
        std::size_t rows = 0;
        for (const auto& flow : record.flows) {
            if (flow.key.destination.service.detail != port) {
                continue;
            }
            ++rows;
            const auto& process = record.identities.process(flow.key.process);
            CHECK(process.comm.raw_bytes() == comm.substr(0, 15));
            CHECK(process.cgroup.raw_bytes().ends_with("/e\"v\x1b[2J 'il #"));
            CHECK(process.cmdline.raw_bytes().find(argument) != std::string::npos);
            CHECK(process.exe.raw_bytes().find("python") != std::string::npos);
        }
        CHECK(rows == 1);
        for (const auto& arguments : std::vector<std::vector<std::string>>{{"flows"},
                                                                           {"flows", "--json"},
                                                                           {"status"},
                                                                           {"suggest", "-o", "table"},
                                                                           {"suggest", "-o", "nft"}}) {
            std::vector<std::string> command{FWLEARN_PROGRAM, "--db", database.string()};
            command.insert(command.end(), arguments.begin(), arguments.end());
            const auto out = must_run(command);
            CAPTURE(arguments.front());
            CHECK(out.find('\x1b') == std::string::npos);
            CHECK(out.find("R 1\n") == std::string::npos);
            CHECK(out.find("arg\nument") == std::string::npos);
        }
        const auto json = must_run({FWLEARN_PROGRAM, "--db", database.string(), "flows", "--json"});
        CHECK(static_cast<std::size_t>(std::ranges::count(json, '\n')) == record.flows.size());
    }
    rmdir(inside.c_str());
}
