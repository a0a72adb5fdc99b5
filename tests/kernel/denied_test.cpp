// Is every attempt that a whitelist denies in the record, as denied, with the process that made it, and is
// every packet of it counted? And does a whitelist on trial deny nothing and tell exactly what it would deny?
#include "ground/as_user.hpp"
#include "ground/counters.hpp"
#include "ground/endpoint.hpp"
#include "ground/failure.hpp"
#include "ground/observing.hpp"
#include "ground/responder.hpp"
#include "ground/traffic.hpp"
#include "sender/cgroup.hpp"
#include "sender/said.hpp"
#include "sender/senders.hpp"

#include <analyzer/audit.hpp>
#include <analyzer/render/nft.hpp>
#include <analyzer/suggest.hpp>
#include <analyzer/verdict.hpp>
#include <sql/reader.hpp>

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <map>
#include <set>

using namespace fwlearn;
using namespace fwlearn::kernel_test;
using analyzer::NftOptions;

namespace {

bool is_full() {
    return std::getenv("FWLEARN_FULL") != nullptr;
}

/// A whitelist of just these.
model::Whitelist admitting(std::span<const std::pair<model::SocketOwner, model::Destination>> allowed) {
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    model::Record record;
    for (const auto& [owner, destination] : allowed) {
        model::Flow flow;
        flow.key.owner = owner;
        flow.key.destination = destination;
        flow.counts.count = flow.counts.answered = 1;
        flow.counts.first_seen = flow.counts.last_seen = now;
        flow.hours = {{model::hour_of(now), 1}};
        record.flows.push_back(std::move(flow));
    }
    return analyzer::suggest(record, {.selector = analyzer::SelectorMode::uid});
}

void load(const Lab& lab, const model::Whitelist& whitelist, NftOptions options = {}) {
    const std::string_view group(Observing::group);
    std::from_chars(group.data(), group.data() + group.size(), options.group);
    must_run({"nft", "-f", "-"},
             {.netns = lab.server().name(), .input = analyzer::render_nft(whitelist, options)});
}

/// Packets, as the kernel counted them.
std::uint64_t kernel_counter(const Lab& lab, const std::string& name) {
    const auto listing =
        must_run({"nft", "list", "counter", "inet", "fwlearn", name}, {.netns = lab.server().name()});
    const std::string label = "packets ";
    const auto at = listing.find(label);
    REQUIRE(at != std::string::npos);
    return std::strtoull(listing.c_str() + at + label.size(), nullptr, 10);
}

/// What the collector counted of its own, as `status` shows it.
std::uint64_t packets_denied(const model::Record& record) {
    std::uint64_t packets = 0;
    for (const auto& flow : record.flows) {
        packets += flow.key.verdict == model::FlowVerdict::denied ? flow.counts.packets_out : 0;
    }
    return packets;
}

/// A user by number alone: the groups of senders are of no interest here.
using Key = std::pair<std::uint32_t, model::Destination>;

std::map<Key, std::vector<const model::Flow*>> rows_by_key(const model::Record& record) {
    std::map<Key, std::vector<const model::Flow*>> rows;
    for (const auto& flow : record.flows) {
        if (flow.key.owner.kind == model::OwnerKind::user) {
            rows[{flow.key.owner.uid, flow.key.destination}].push_back(&flow);
        }
    }
    return rows;
}

/// Starts the senders, and returns when all of them have sent and are gone: their end of the pipe is closed.
std::size_t send_all(const SenderKind& kind, const std::vector<PlannedSender>& planned,
                     const std::string& cgroup) {
    const Senders senders(FWLEARN_SENDER, kind, planned, cgroup);
    std::set<std::uint32_t> said;
    Said one;
    for (;;) {
        pollfd ready{senders.said_fd(), POLLIN, 0};
        constexpr int patience = 60'000;
        if (poll(&ready, 1, patience) != 1) {
            FAIL("senders that do not end: ", std::string(kind.name));
        }
        const auto length = read(senders.said_fd(), &one, sizeof one);
        if (length == 0) {
            return said.size();
        }
        REQUIRE(length == static_cast<ssize_t>(sizeof one));
        said.insert(one.index);
    }
}

/// A UDP socket of the user's that is connected there, from a port of its own.
Fd connected_socket(const model::SocketOwner& owner, const model::Destination& destination) {
    const AsUser user(owner);
    Fd made(must(socket(domain(destination.address), SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
    const auto to = endpoint(destination.address, destination.service.detail);
    must(connect(made.get(), to.get(), to.size), "connect");
    return made;
}

} // namespace

TEST_CASE(
    "every denied attempt is stored once, as denied, with its process and task, and every packet counted") {
    const Lab lab;
    const Cgroup cgroup;
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    set_sysctl(lab.server(), "net/ipv4/ping_group_range", "0 2147483647");
    set_sysctl(lab.server(), "net/ipv4/tcp_fastopen", "1");
    const std::size_t of_a_kind = is_full() ? 200 : FWLEARN_FEW ? 5 : 20;

    struct Planned {
        std::size_t kind = 0;
        bool accepted = false;
        std::uint64_t flows = 0; ///< pings of two kinds may meet, with an identifier each
    };
    std::vector<std::vector<PlannedSender>> senders;
    std::vector<std::pair<model::SocketOwner, model::Destination>> allowed;
    for (std::size_t kind = 0; kind < sender_kinds().size(); ++kind) {
        senders.push_back(plan_senders(kind, of_a_kind));
        for (std::size_t index = 0; index < of_a_kind; index += 4) {
            const auto& one = senders.back()[index];
            allowed.emplace_back(model::SocketOwner::user(one.uid, 0), one.destination);
        }
    }
    const auto whitelist = admitting(allowed);
    std::map<Key, Planned> plan;
    std::size_t attempts = 0;
    std::size_t denied = 0;
    for (std::size_t kind = 0; kind < senders.size(); ++kind) {
        for (const auto& one : senders[kind]) {
            const auto owner = model::SocketOwner::user(one.uid, 0);
            const bool accepted = analyzer::verdict(whitelist, {owner, one.destination, {}}).accepted;
            auto& planned =
                plan.try_emplace({one.uid, one.destination}, Planned{kind, accepted, 0}).first->second;
            ++planned.flows;
            ++attempts;
            denied += accepted ? 0 : 1;
        }
    }

    std::uint64_t counted = 0;
    {
        Observing observing(lab, FWLEARN_PROGRAM, database);
        load(lab, whitelist);
        const Inside inside(lab.server());
        for (std::size_t kind = 0; kind < senders.size(); ++kind) {
            CHECK(send_all(sender_kinds()[kind], senders[kind], cgroup.path()) == of_a_kind);
        }
        counted = kernel_counter(lab, "denied");
        REQUIRE(observing.stop() == 0);
    }
    const auto record = sql::Reader(database).read();
    CHECK(record.gaps.empty());
    CHECK(packets_denied(record) == counted);
    CHECK(stored_counters(database).at("denied_packets") == counted);
    REQUIRE(stored_counters(database).at("bpf_sees_denied") == 1);
    const auto audited = analyzer::audit(record, {});
    CHECK(audited.denied_packets == counted);
    std::uint64_t told = 0;
    for (const auto& finding : audited.findings) {
        told += finding.verdict == model::FlowVerdict::denied ? finding.flow.counts.packets_out : 0;
    }
    CHECK(told == counted);

    auto rows = rows_by_key(record);
    std::map<std::size_t, std::size_t> wrong; // by kind
    std::set<model::Task> tasks;
    for (const auto& pair : plan) {
        const auto& key = pair.first;
        const auto& planned = pair.second;
        const auto& [kind, accepted, made] = planned;
        const auto found = rows.extract(key);
        const auto& way = sender_kinds()[kind];
        INFO(std::string(way.name), " uid ", key.first, " ", key.second.service.to_string(), " ",
             key.second.address.to_string());
        if (found.empty() || found.mapped().size() != 1) {
            CHECK_MESSAGE(++wrong[kind] > 3, (found.empty() ? "is missing" : "has several rows"));
            continue;
        }
        const auto& flow_key = found.mapped().front()->key;
        const auto& counts = found.mapped().front()->counts;
        const auto& process = record.identities.process(flow_key.process);
        const std::string exe = std::filesystem::canonical(*way.exe != '\0' ? way.exe : FWLEARN_SENDER);
        const auto expected = accepted ? model::FlowVerdict::accepted : model::FlowVerdict::denied;
        const bool right =
            flow_key.verdict == expected && counts.count == made &&
            flow_key.attribution == model::Attribution::exact && process.exe.raw_bytes() == exe &&
            process.uid == key.first && process.cgroup.raw_bytes() == cgroup.name() &&
            (way.other_creator || flow_key.creator == model::ProcessId::unknown) &&
            (accepted || (counts.unanswered == made && counts.refused == 0 && counts.answered == 0));
        tasks.insert(record.identities.task(flow_key.task));
        if (!right) {
            CHECK_MESSAGE(++wrong[kind] > 3, "verdict ", static_cast<int>(flow_key.verdict), " expected ",
                          static_cast<int>(expected), ", ", counts.count, " flows, ", counts.unanswered,
                          " unanswered, ", counts.refused, " refused, attribution ",
                          static_cast<int>(flow_key.attribution), " of ", process.exe.raw_bytes(), " in ",
                          process.cgroup.raw_bytes());
        }
    }
    CHECK(wrong.empty());
    CHECK(denied > attempts / 2);
    CHECK(denied < attempts);
    // All of them were started by this test, and are told to be one task's.
    REQUIRE(tasks.size() == 1);
    CHECK(tasks.begin()->kind != model::TaskKind::unknown);
    for (const auto& [key, found] : rows) {
        FAIL_CHECK("nobody made uid ", key.first, " ", key.second.service.to_string(), " ",
                   key.second.address.to_string());
    }
    MESSAGE(attempts, " attempts, ", denied, " denied, ", counted, " packets by the kernel's counter");
}

TEST_CASE(
    "repeated denied packets are one flow, and once a rule is there the same socket has a flow of its own") {
    const Lab lab;
    const Responder responder(lab);
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    const auto owner = model::SocketOwner::user(4001, 4101);
    std::vector<std::pair<model::SocketOwner, model::Destination>> wanted;
    for (const auto family : {model::Family::ipv4, model::Family::ipv6}) {
        wanted.emplace_back(owner,
                            model::Destination{model::Service::port(model::protocol::udp, ports::answering),
                                               Lab::internet_address(family, 7)});
    }
    std::uint64_t counted = 0;
    constexpr int repetitions = 5;
    {
        Observing observing(lab, FWLEARN_PROGRAM, database);
        load(lab, admitting({}));
        const Inside inside(lab.server());
        std::vector<Fd> sockets;
        for (const auto& [who, destination] : wanted) {
            sockets.push_back(connected_socket(who, destination));
            for (int repetition = 0; repetition < repetitions; ++repetition) {
                // Said by the verdict, or by the reject before.
                const bool stopped = send(sockets.back().get(), "x", 1, 0) < 0;
                CHECK((stopped && (errno == EPERM || errno == EACCES || errno == EHOSTUNREACH)));
            }
        }
        counted = kernel_counter(lab, "denied");
        load(lab, admitting(wanted)); // with a counter anew
        for (const auto& made : sockets) {
            char byte = 0;
            while (send(made.get(), "x", 1, 0) < 0) { // what the last reject left at the socket
                REQUIRE((errno == EACCES || errno == EHOSTUNREACH));
            }
            must(static_cast<int>(recv(made.get(), &byte, 1, 0)), "recv");
        }
        CHECK(kernel_counter(lab, "denied") == 0);
        REQUIRE(observing.stop() == 0);
    }
    const auto record = sql::Reader(database).read();
    CHECK(packets_denied(record) == counted);
    auto rows = rows_by_key(record);
    for (const auto& [who, destination] : wanted) {
        const auto& found = rows[{who.uid, destination}];
        REQUIRE(found.size() == 2);
        for (const auto* flow : found) {
            const bool denied = flow->key.verdict == model::FlowVerdict::denied;
            CHECK(flow->counts.count == 1);
            CHECK(flow->counts.answered == (denied ? 0 : 1));
            CHECK(flow->counts.refused == 0);
            CHECK(flow->counts.packets_out >= (denied ? 1 : 0));
            CHECK(flow->key.attribution == model::Attribution::exact);
        }
        CHECK(found[0]->key.verdict != found[1]->key.verdict);
    }
}

TEST_CASE("a whitelist on trial denies nothing, and tells exactly the flows that the checker denies") {
    const Lab lab;
    const Responder responder(lab);
    const TemporaryDirectory directory;
    const auto database = directory.path() / "flows.db";
    const std::size_t distinct = is_full() ? 10'000 : FWLEARN_FEW ? 200 : 1'000;
    auto plan = mixed_plan(3 * distinct);
    // Each of one packet that conntrack calls new, so that flows and packets are the same number.
    std::erase_if(plan, [](const PlannedFlow& flow) {
        const auto protocol = flow.destination.service.protocol;
        return flow.outcome == Outcome::unanswered &&
               (protocol == model::protocol::tcp || protocol == model::protocol::udp);
    });
    REQUIRE(plan.size() >= distinct);
    plan.resize(distinct);
    std::vector<std::pair<model::SocketOwner, model::Destination>> allowed;
    for (std::size_t index = 0; index < plan.size(); index += 2) {
        allowed.emplace_back(plan[index].owner, plan[index].destination);
    }
    const auto whitelist = admitting(allowed);
    std::uint64_t counted = 0;
    {
        Observing observing(lab, FWLEARN_PROGRAM, database);
        load(lab, whitelist, {.shadow = true});
        Traffic traffic(lab);
        traffic.make(plan); // throws unless each has the outcome that it has without a whitelist
        traffic.distract();
        counted = kernel_counter(lab, "shadowed");
        REQUIRE(observing.stop() == 0);
    }
    const auto record = sql::Reader(database).read();
    CHECK(record.gaps.empty());
    std::map<Key, model::FlowVerdict> expected;
    std::uint64_t shadowed = 0;
    for (const auto& flow : plan) {
        const bool accepted = analyzer::verdict(whitelist, {flow.owner, flow.destination, {}}).accepted;
        expected[{flow.owner.uid, flow.destination}] =
            accepted ? model::FlowVerdict::accepted : model::FlowVerdict::shadowed;
        shadowed += accepted ? 0 : 1;
    }
    REQUIRE(expected.size() == plan.size());
    std::uint64_t stored = 0;
    for (const auto& row : rows_by_key(record)) {
        const auto& key = row.first;
        const auto& found = row.second;
        INFO("uid ", key.first, " ", key.second.service.to_string(), " ", key.second.address.to_string());
        const auto wanted = expected.extract(key);
        REQUIRE(!wanted.empty());
        REQUIRE(found.size() == 1);
        CHECK(found[0]->counts.count == 1);
        CHECK(found[0]->key.verdict == wanted.mapped());
        stored += found[0]->key.verdict == model::FlowVerdict::shadowed ? found[0]->counts.count : 0;
    }
    CHECK(expected.empty());
    CHECK(stored == shadowed);
    CHECK(stored == counted);
    CHECK(stored_counters(database).at("shadowed_packets") == counted);
    CHECK(packets_denied(record) == 0);
    MESSAGE(plan.size(), " flows, ", stored, " of them shadowed, ", counted, " by the kernel's counter");
}
