#include "expectations.hpp"

#include <analyzer/audit.hpp>
#include <analyzer/suggest.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace fwlearn;
using namespace tests;

namespace {

std::uint64_t sum_of(const std::vector<model::Flow>& flows) {
    std::uint64_t sum = 0;
    for (const auto& flow : flows) {
        sum += flow.counts.count;
    }
    return sum;
}

} // namespace

TEST_CASE("every flow is explained, or in exactly one finding, and counts add up to the record's") {
    std::size_t findings = 0;
    std::size_t explained = 0;
    for (std::size_t seed = 0; seed < record_count(); ++seed) {
        CAPTURE(seed);
        RandomRecord world(seed);
        const auto learned = world.record(24);
        auto record = world.record(24);
        for (auto& flow : record.flows) {
            flow.counts.packets_out = 1 + world.below(9);
            flow.key.verdict = static_cast<model::FlowVerdict>(world.one_in(3) ? 1 + world.below(2) : 0);
        }
        const auto whitelist = analyzer::suggest(learned, {.by_address = true});
        const auto audit = analyzer::audit(record, whitelist.rules);
        std::uint64_t packets = 0;
        std::uint64_t expected_explained = 0;
        std::uint64_t expected_packets = 0;
        std::uint64_t expected_denied = 0;
        for (const auto& flow : record.flows) {
            const auto& key = flow.key;
            expected_packets += flow.counts.packets_out;
            const auto& process = record.identities.process(
                key.creator != model::ProcessId::unknown ? key.creator : key.process);
            // By the independent checker: these rules are by address.
            const bool admitted =
                !key.overflow &&
                analyzer::verdict(whitelist, {key.owner, key.destination, process.cgroup}).accepted;
            if (key.verdict == model::FlowVerdict::accepted && admitted) {
                expected_explained += flow.counts.count;
                expected_packets -= flow.counts.packets_out;
            }
            expected_denied += key.verdict == model::FlowVerdict::denied ? flow.counts.count : 0;
        }
        std::uint64_t in_findings = 0;
        for (const auto& finding : audit.findings) {
            in_findings += finding.flow.counts.count;
            packets += finding.flow.counts.packets_out;
            REQUIRE_FALSE(finding.why.empty());
            REQUIRE_FALSE(finding.addresses.empty());
            REQUIRE(std::is_sorted(finding.addresses.begin(), finding.addresses.end()));
            REQUIRE((finding.nearest_rule.empty() ||
                     std::any_of(whitelist.rules.begin(), whitelist.rules.end(),
                                 [&](const auto& rule) { return rule.id == finding.nearest_rule; })));
        }
        REQUIRE(audit.explained == expected_explained);
        REQUIRE(audit.denied == expected_denied);
        REQUIRE(in_findings == audit.denied + audit.unexplained);
        REQUIRE(in_findings + audit.explained == sum_of(record.flows));
        REQUIRE(packets == expected_packets);
        findings += audit.findings.size();
        explained += audit.explained;
    }
    CHECK(findings > record_count());
    CHECK(explained > record_count());
}

TEST_CASE("what a record suggests explains all of it that was not left out, by names as well") {
    for (std::size_t seed = 0; seed < record_count() / 10; ++seed) {
        CAPTURE(seed);
        const auto record = RandomRecord(seed).record(24);
        const auto whitelist = analyzer::suggest(record);
        std::uint64_t left_out = 0;
        for (const auto& one : whitelist.left_out) {
            left_out += one.flow.counts.count;
        }
        const auto audit = analyzer::audit(record, whitelist.rules);
        REQUIRE(audit.denied == 0);
        REQUIRE(audit.unexplained <= left_out);
    }
}

TEST_CASE("no finding depends on the order of flows") {
    for (std::size_t seed = 0; seed < record_count() / 10; ++seed) {
        CAPTURE(seed);
        RandomRecord world(seed);
        const auto rules = analyzer::suggest(world.record(24)).rules;
        auto record = world.record(24);
        const auto before = analyzer::audit(record, rules);
        std::shuffle(record.flows.begin(), record.flows.end(), world.engine());
        const auto after = analyzer::audit(record, rules);
        REQUIRE(before.findings.size() == after.findings.size());
        for (std::size_t index = 0; index < before.findings.size(); ++index) {
            const auto& one = before.findings[index];
            const auto& other = after.findings[index];
            REQUIRE(one.flow.counts == other.flow.counts);
            REQUIRE(one.addresses == other.addresses);
            REQUIRE(one.nearest_rule == other.nearest_rule);
            REQUIRE(one.why == other.why);
        }
    }
}
