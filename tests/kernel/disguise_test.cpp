// Is a process that hides what it is stored true, and printed inert?
#include "ground/observing.hpp"
#include "ground/responder.hpp"

#include <sql/reader.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace fwlearn;
using namespace fwlearn::kernel_test;

namespace {

constexpr const char* hostile_name = "ev\nil \"; accept # \x1b[2J";

const model::Process* sender_to(const model::Record& record, std::uint16_t port) {
    for (const auto& flow : record.flows) {
        if (flow.key.destination.service == model::Service::port(model::protocol::udp, port)) {
            CHECK(flow.key.attribution == model::Attribution::exact);
            return &record.identities.process(flow.key.process);
        }
    }
    return nullptr;
}

} // namespace

TEST_CASE("who renames itself, paints over its arguments or runs from no file is stored as what it is") {
    const Lab lab;
    const Responder responder(lab);
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    const auto strange = (directory.path() / hostile_name).string();
    const auto gone = (directory.path() / "gone").string();
    // The last 512 octets, each name with its end, are all that is kept of a path: exactly these two.
    const auto deep = directory.path() / std::string(255, 'a') / std::string(255, 'b');
    std::filesystem::create_directory(deep.parent_path());
    const auto address = Lab::internet_address(model::Family::ipv4, 7).to_string();
    {
        Observing observing(lab, FWLEARN_PROGRAM, database);
        const auto send = [&](const char* script, const char* kind, const char* port,
                              const std::string& path) {
            must_run({"sh", "-c", std::string("exec 3>/dev/null; ") + script, "sh", FWLEARN_SENDER, path,
                      kind, "0", "0", address, port},
                     {.netns = lab.server().name()});
        };
        send(R"(p=$1; shift 2; exec "$p" "$@")", "disguised", "20001", "");
        send(R"(cp "$1" "$2"; p=$2; shift 2; exec "$p" "$@")", "udp", "20002", strange);
        send(R"(cp "$1" "$2"; exec 4<"$2"; rm "$2"; shift 2; exec /proc/self/fd/4 "$@")", "udp", "20003",
             gone);
        send(R"(exec python3 -c '
import os, sys
fd = os.memfd_create("inno\ncent", 0)
os.write(fd, open(sys.argv[1], "rb").read())
os.set_inheritable(3, True)
os.execve(fd, ["[kthreadd]"] + sys.argv[3:], {})' "$@")",
             "udp", "20004", "");
        send(R"(cp "$1" "$2"; p=$2; shift 2; exec "$p" "$@")", "udp", "20005", deep.string());
        REQUIRE(observing.stop() == 0);
    }
    const auto record = sql::Reader(database).read();
    const auto* disguised = sender_to(record, 20001);
    REQUIRE(disguised != nullptr);
    CHECK(disguised->exe.raw_bytes() == std::filesystem::canonical(FWLEARN_SENDER).string());
    CHECK(disguised->comm.raw_bytes() == "kworker/0:1");
    CHECK(disguised->cmdline.raw_bytes().find("disguised 0 0") != std::string::npos);
    const auto* renamed = sender_to(record, 20002);
    REQUIRE(renamed != nullptr);
    CHECK(renamed->exe.raw_bytes() == strange);
    CHECK_FALSE(renamed->deleted);
    const auto* deleted = sender_to(record, 20003);
    REQUIRE(deleted != nullptr);
    CHECK(deleted->exe.raw_bytes() == gone);
    CHECK(deleted->deleted);
    const auto* in_memory = sender_to(record, 20004);
    REQUIRE(in_memory != nullptr);
    CHECK(in_memory->exe.raw_bytes() == "memfd:inno\ncent");
    CHECK(in_memory->in_memory);

    const auto* beginning_unknown = sender_to(record, 20005);
    REQUIRE(beginning_unknown != nullptr);
    CHECK(beginning_unknown->exe.raw_bytes() == ".../" + std::string(255, 'a') + "/" + std::string(255, 'b'));

    for (const auto& arguments : std::vector<std::vector<std::string>>{{"flows"},
                                                                       {"flows", "--json"},
                                                                       {"suggest", "-o", "table"},
                                                                       {"suggest", "-o", "nft"},
                                                                       {"suggest", "-o", "json"}}) {
        std::vector<std::string> command{FWLEARN_PROGRAM, "--db", database.string()};
        command.insert(command.end(), arguments.begin(), arguments.end());
        const auto out = must_run(command);
        CAPTURE(arguments.front());
        CHECK(out.find('\x1b') == std::string::npos);
        CHECK(out.find("ev\nil") == std::string::npos);
        CHECK(out.find("inno\ncent") == std::string::npos);
    }
    const auto rules = must_run({FWLEARN_PROGRAM, "--db", database.string(), "suggest", "-o", "nft"});
    must_run({"nft", "-c", "-f", "-"}, {.netns = lab.server().name(), .input = rules});
}
