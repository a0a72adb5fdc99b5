// Do memory and record stay within their bounds, and services' flows in the record, whatever somebody beside
// them opens? And is the flood told, and nothing of it whitelisted?
#include "ground/busy.hpp"
#include "ground/observing.hpp"
#include "ground/peak_memory.hpp"
#include "ground/responder.hpp"
#include "ground/stored.hpp"
#include "ground/temporary.hpp"

#include <collector/process/cgroup_root.hpp>
#include <model/vocabulary.hpp>
#include <sql/reader.hpp>

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <sstream>

using namespace fwlearn;
using namespace fwlearn::kernel_test;

namespace {

constexpr std::uint64_t mebibyte = 1024 * 1024;

/// packaging/fwlearn-observe.service: Nice=
const std::vector<std::string> as_its_unit_runs_it = {"nice", "-n", "-10"};

/// What is promised, and a tenth of it where there is no time for all.
struct Figures {
    unsigned flows, seconds, hosts, ports;
};

Figures figures() {
    if (std::getenv("FWLEARN_FULL") != nullptr) {
        return {1'000'000, 60, 16, 65'535};
    }
    return FWLEARN_FEW ? Figures{20'000, 6, 4, 5'000} : Figures{100'000, 8, 16, 6'553};
}

const auto flooder = model::SocketOwner::user(4001, 4101);
const auto scanner = model::SocketOwner::user(4002, 4102);

model::SocketOwner service_owner(unsigned service) {
    return model::SocketOwner::user(4011 + service, 4111 + service);
}

/// Two hundred, TCP and UDP, IPv4 and IPv6, none of another service.
std::vector<model::Destination> destinations_of(unsigned service) {
    std::vector<model::Destination> all;
    for (unsigned number = 0; number < 200; ++number) {
        const auto family = number % 4 < 2 ? model::Family::ipv4 : model::Family::ipv6;
        constexpr unsigned beyond_the_scanned = 256;
        const auto address = Lab::internet_address(family, beyond_the_scanned + 16 * service + number / 20);
        const auto port = static_cast<std::uint16_t>(ports::answering + number % 20);
        const auto protocol = number % 3 == 0 ? model::protocol::udp : model::protocol::tcp;
        all.push_back({model::Service::port(protocol, port), address});
    }
    return all;
}

/// Folders of the cgroup tree that are named like units, gone with the object.
class Units {
  public:
    explicit Units(const std::vector<std::string>& names)
        : root_(collector::process::cgroup2_root("/proc/self/mountinfo") /
                ("fwlearn" + std::to_string(getpid()) + ".slice")) {
        std::filesystem::create_directory(root_);
        for (const auto& name : names) {
            units_.push_back(root_ / name);
            std::filesystem::create_directory(units_.back());
        }
    }
    ~Units() {
        for (const auto& unit : units_) {
            rmdir(unit.c_str());
        }
        rmdir(root_.c_str());
    }
    Units(const Units&) = delete;
    Units& operator=(const Units&) = delete;
    [[nodiscard]] const std::filesystem::path& operator[](std::size_t number) const {
        return units_.at(number);
    }

  private:
    std::filesystem::path root_;
    std::vector<std::filesystem::path> units_;
};

std::uint64_t size_with_log(const std::filesystem::path& database) {
    std::error_code none;
    const auto log = std::filesystem::file_size(database.string() + "-wal", none);
    return std::filesystem::file_size(database) + (none ? 0 : log);
}

} // namespace

TEST_CASE(
    "a flood and a scan take bounded memory and record, and no service's place; none of it is whitelisted") {
    const Lab lab;
    const Responder responder(lab);
    ignore_floods(lab);
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    const Units units({"web.service", "mail.service", "queue.service"});
    const auto planned = figures();
    constexpr unsigned services = 3;
    constexpr unsigned a_second = 25;
    std::uint64_t memory = 0;
    std::uint64_t record_size = 0;
    std::string told;
    {
        Observing observing(lab, FWLEARN_PROGRAM, database, as_its_unit_runs_it);
        // conntrack's table holds 262,144 entries by default, and a namespace cannot make it larger: what is
        // not answered has to leave it sooner than it does by default, after 30 s and 120 s.
        set_sysctl(lab.server(), "net/netfilter/nf_conntrack_udp_timeout", "3");
        set_sysctl(lab.server(), "net/netfilter/nf_conntrack_tcp_timeout_syn_sent", "3");
        std::vector<std::unique_ptr<Busy>> busy;
        for (unsigned service = 0; service < services; ++service) {
            busy.push_back(std::make_unique<Busy>(lab, service_owner(service), units[service], [=] {
                serve_steadily(destinations_of(service), 2 * a_second * planned.seconds, a_second);
            }));
        }
        Busy(lab, flooder, {}, [&] { flood(planned.flows, planned.flows / planned.seconds); }).wait();
        Busy(lab, scanner, {}, [&] {
            const auto all = planned.hosts * planned.ports;
            scan(planned.hosts, planned.ports, all / planned.seconds);
        }).wait();
        for (auto& each : busy) {
            each->wait();
        }
        memory = peak_memory(observing.process().pid());
        record_size = size_with_log(database);
        REQUIRE(observing.stop() == 0);
        rusage ended{};
        getrusage(RUSAGE_CHILDREN, &ended); // the largest child's: nobody else here is larger
        memory = std::max(memory, static_cast<std::uint64_t>(ended.ru_maxrss) * 1024);
        record_size = std::max(record_size, size_with_log(database));
        told = observing.process().err();
    }
    const auto record = sql::Reader(database).read();
    std::map<std::uint32_t, std::uint64_t> flows_of;
    std::map<std::uint32_t, std::uint64_t> overflow_of;
    std::map<std::uint32_t, std::uint64_t> rows_of;
    for (const auto& flow : record.flows) {
        flows_of[flow.key.owner.uid] += flow.counts.count;
        overflow_of[flow.key.owner.uid] += flow.key.overflow ? flow.counts.count : 0;
        ++rows_of[flow.key.owner.uid];
    }
    MESSAGE(planned.flows, " flows and a scan of ", planned.hosts, " x ", planned.ports, " in ",
            2 * planned.seconds, " s: ", memory / mebibyte, " MiB of memory, ", record_size / mebibyte,
            " MiB of record, ", record.flows.size(), " rows; the flooder has ", flows_of[flooder.uid],
            " flows in ", rows_of[flooder.uid], " rows, the scanner ", flows_of[scanner.uid], " in ",
            rows_of[scanner.uid], "; nobody known ", flows_of[0], " in ", rows_of[0]);
    for (const auto& gap : record.gaps) {
        MESSAGE("gap: ", model::to_word(gap.reason), ", ", gap.lost.value_or(0));
    }
    MESSAGE(told);
    CHECK(flows_of[flooder.uid] >= planned.flows);
    CHECK(flows_of[scanner.uid] >= std::uint64_t{planned.hosts} * planned.ports);
#ifndef FWLEARN_SANITIZED // which takes three times as much
    CHECK(memory <= 200 * mebibyte);
#endif
    CHECK(record_size <= 100 * mebibyte);

    const auto stored = stored_flows(record);
    for (unsigned service = 0; service < services; ++service) {
        const auto destinations = destinations_of(service);
        const auto made = 2 * a_second * planned.seconds;
        unsigned missing = 0;
        unsigned without_end = 0;
        for (std::size_t number = 0; number < destinations.size(); ++number) {
            const auto expected = made / destinations.size() + (number < made % destinations.size() ? 1 : 0);
            const auto found = stored.find({service_owner(service), destinations[number]});
            const auto counts = found == stored.end() ? model::FlowCounts() : found->second;
            missing += counts.count == expected ? 0 : 1;
            without_end += counts.answered == expected ? 0 : 1;
            if (counts.answered != expected) {
                MESSAGE("of ", expected, " flows to ", destinations[number].service.to_string(), " ",
                        destinations[number].address.to_string(), " ", counts.count, " are there, ",
                        counts.answered, " answered, ", counts.refused, " refused, ", counts.unanswered,
                        " unanswered, from ", model::to_rfc3339(counts.first_seen), " to ",
                        model::to_rfc3339(counts.last_seen));
            }
        }
        if (missing + without_end > 0) {
            const auto uid = service_owner(service).uid;
            MESSAGE("of ", made, " flows of the service ", flows_of[uid], " are there, of these ",
                    overflow_of[uid], " to a destination for which there was no room");
        }
        CAPTURE(service);
        CHECK(missing == 0);
        CHECK(without_end == 0);
    }

    // Said when it began, whose it was.
    for (const auto* who : {"a flood or a scan: user 4001", "a flood or a scan: user 4002"}) {
        CHECK_MESSAGE(told.find(who) != std::string::npos, told);
    }
    const auto status = must_run({FWLEARN_PROGRAM, "--db", database.string(), "status"});
    const auto whitelist =
        must_run({FWLEARN_PROGRAM, "--db", database.string(), "suggest", "-o", "nft", "--include-sessions"});
    std::istringstream lines(whitelist);
    std::string rules;
    std::string reported;
    for (std::string line; std::getline(lines, line);) {
        auto& part = line.starts_with('#') ? reported : rules;
        part += line + '\n';
    }
    for (const auto* who : {" by user 4001", " by user 4002"}) {
        CHECK_MESSAGE(status.find(who) != std::string::npos, status);
        CHECK(reported.find(who) != std::string::npos);
    }
    CHECK(status.find("flood       a scan by user 4002") != std::string::npos);
    for (const auto* theirs : {"4001", "4002", "2001:db8:2:0:f000", "198.51.100."}) {
        CAPTURE(theirs);
        CHECK(rules.find(theirs) == std::string::npos);
    }
    for (unsigned service = 0; service < services; ++service) {
        const auto uid = std::to_string(service_owner(service).uid);
        CHECK_MESSAGE((rules.find(uid) != std::string::npos), uid);
    }
}
