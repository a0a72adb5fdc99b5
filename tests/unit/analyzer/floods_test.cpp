// Is a flood or a scan told from what busy services do, and is nothing of it proposed?
#include <analyzer/suggest.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace fwlearn;

namespace {

const auto start = model::hour_of(*model::parse_rfc3339("2026-11-23T00:00:00Z"));
const auto https = model::Service::port(model::protocol::tcp, 443);

struct Server {
    model::Record record;

    model::ProcessId program(const std::string& exe) {
        model::Process process;
        process.exe = model::ForeignText(exe);
        return record.identities.add(process);
    }

    model::Flow& flow(std::uint32_t uid, model::ProcessId process, const model::Service& service,
                      std::uint32_t address, int hour, bool answered = true) {
        model::Flow flow;
        flow.key.owner = model::SocketOwner::user(uid, uid);
        flow.key.process = process;
        flow.key.destination = {service, model::Address::v4(address)};
        flow.hours = {{start + std::chrono::hours(hour), 1}};
        flow.counts.count = 1;
        (answered ? flow.counts.answered : flow.counts.unanswered) = 1;
        flow.counts.first_seen = flow.counts.last_seen = flow.hours[0].hour;
        record.flows.push_back(flow);
        return record.flows.back();
    }

    [[nodiscard]] model::Whitelist suggest() {
        std::sort(record.flows.begin(), record.flows.end(),
                  [](const auto& one, const auto& other) { return one.key < other.key; });
        return analyzer::suggest(record, {});
    }
};

constexpr std::uint32_t net = 0x08080000;
constexpr std::uint32_t wanted = 0xc6336407; // 198.51.100.7

/// Whose rules there are.
std::vector<std::uint32_t> users_of(const model::Whitelist& whitelist) {
    std::vector<std::uint32_t> users;
    for (const auto& rule : whitelist.rules) {
        for (const auto& selector : rule.selectors) {
            CHECK(selector.kind == model::SelectorKind::uid);
            users.push_back(selector.uid);
        }
    }
    std::sort(users.begin(), users.end());
    users.erase(std::unique(users.begin(), users.end()), users.end());
    return users;
}

} // namespace

TEST_CASE("a flood is left out with whose it was and how much, and what its sender does every day stays") {
    Server server;
    const auto flooder = server.program("/usr/bin/flooder");
    const auto web = server.program("/usr/bin/web");
    for (std::uint32_t host = 0; host < 5000; ++host) {
        server.flow(1000, flooder, https, net + host, 30);
    }
    for (std::uint32_t host = 5000; host < 5010; ++host) { // the minute that is in the next hour
        server.flow(1000, flooder, https, net + host, 31);
    }
    auto& folded = server.flow(1000, flooder, https, 0, 30);
    folded.key.overflow = true;
    folded.counts.count = folded.hours[0].count = 95'000;
    auto& daily = server.flow(1000, flooder, https, wanted, 30);
    daily.hours = {{start + std::chrono::hours(6), 1}, {start + std::chrono::hours(30), 1}};
    server.flow(33, web, https, wanted, 30);
    const auto whitelist = server.suggest();
    CHECK(users_of(whitelist) == std::vector<std::uint32_t>{33, 1000});
    for (const auto& rule : whitelist.rules) {
        CHECK(rule.addresses == std::vector{model::Prefix(model::Address::v4(wanted))});
    }
    CHECK(whitelist.left_out.size() == 5011);
    const std::string who =
        "a flood by user 1000, /usr/bin/flooder: 100010 flows to more than 5010 destinations "
        "(more than 5010 addresses, 1 service) from 2026-11-24T06:00:00.000Z to "
        "2026-11-24T07:00:00.000Z";
    for (const auto& left_out : whitelist.left_out) {
        CHECK_MESSAGE(left_out.reason.find(who) != std::string::npos, left_out.reason);
    }
}

TEST_CASE("a scan is one by how few answer, whatever the protocol") {
    for (const auto protocol : {model::protocol::udp, model::protocol::tcp}) {
        Server server;
        const auto scanner = server.program("/usr/bin/nmap");
        for (std::uint16_t port = 1; port <= 1000; ++port) {
            server.flow(1000, scanner, model::Service::port(protocol, port), wanted, 3, port % 10 == 0);
        }
        const auto whitelist = server.suggest();
        CHECK(whitelist.rules.empty());
        REQUIRE(whitelist.left_out.size() == 1000);
        for (const auto& left_out : whitelist.left_out) {
            CHECK(left_out.reason.find("a scan by user 1000, /usr/bin/nmap: 1000 flows to 1000 destinations "
                                       "(1 address, 1000 services) from ") == 0);
        }
    }
}

TEST_CASE("ten thousand senders of one hour take no more than their places") {
    Server server;
    for (std::uint32_t user = 0; user < 10'000; ++user) {
        server.flow(1000 + user, model::ProcessId::unknown, https, wanted, 7);
    }
    const auto whitelist = server.suggest();
    CHECK(users_of(whitelist).size() == 10'000);
}

TEST_CASE("a mail server and a crawler that reach thousands over a week are no flood, and keep their rules") {
    Server server;
    const auto crawler = server.program("/usr/bin/crawler");
    const auto mail = server.program("/usr/sbin/exim4");
    const auto smtp = model::Service::port(model::protocol::tcp, 25);
    for (std::uint32_t host = 0; host < 5000; ++host) {
        server.flow(1000, crawler, https, net + host, static_cast<int>(host % 168));
        server.flow(101, mail, smtp, net + host, static_cast<int>(host / 2000), host % 4 != 0);
    }
    const auto whitelist = server.suggest();
    CHECK(users_of(whitelist) == std::vector<std::uint32_t>{101, 1000});
    for (const auto& left_out : whitelist.left_out) {
        CHECK(left_out.reason.find("TCP that nobody ever answered") == 0);
    }
}

TEST_CASE("a flood of many programs, of nobody known or of unknown ones beside is left out as well") {
    Server server;
    for (std::uint32_t host = 0; host < 5000; ++host) {
        server.flow(1000, server.program("/home/x/" + std::to_string(host)), https, net + host, 3);
    }
    for (std::uint32_t host = 0; host < 50; ++host) {
        server.flow(1000, model::ProcessId::unknown, https, 0x09090000 + host, 3);
        server.flow(0, model::ProcessId::unknown, https, 0x0a0a0000 + host, 3).key.owner = {};
    }
    server.flow(33, server.program("/usr/bin/web"), https, wanted, 3);
    const auto whitelist = server.suggest();
    CHECK(users_of(whitelist) == std::vector<std::uint32_t>{33});
    CHECK(whitelist.left_out.size() == 5100);
}
