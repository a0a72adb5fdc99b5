#include "expectations.hpp"
#include "random_choices.hpp"

#include <analyzer/render/json.hpp>
#include <analyzer/render/nft.hpp>
#include <analyzer/render/table.hpp>
#include <analyzer/suggest.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace fwlearn;
using namespace tests;

namespace {

/// Exactly what was seen. names_test has the invariants of rules by name.
constexpr analyzer::SuggestOptions by_address{.by_address = true};

std::set<model::Address> addresses_of(const model::Rule& rule) {
    std::set<model::Address> addresses;
    for (const auto& prefix : rule.addresses) {
        // Random records have no more neighbours than these.
        REQUIRE(prefix.size() <= 16);
        auto octets = std::array<std::uint8_t, 16>{};
        const auto first = prefix.address().octets();
        std::copy(first.begin(), first.end(), octets.begin());
        for (std::uint64_t offset = 0; offset < prefix.size(); ++offset) {
            auto next = octets;
            next[first.size() - 1] = static_cast<std::uint8_t>(next[first.size() - 1] + offset);
            CHECK(addresses.insert(*model::Address::from_octets(std::span(next).first(first.size()))).second);
        }
    }
    return addresses;
}

} // namespace

TEST_CASE("complete: every flow is accepted or left out with a reason") {
    std::size_t kept = 0;
    std::size_t left_out = 0;
    for (std::size_t seed = 0; seed < tests::record_count(); ++seed) {
        CAPTURE(seed);
        const auto record = RandomRecord(seed).record(24);
        const auto whitelist = analyzer::suggest(record, by_address);
        const auto flows = kept_flows(record, whitelist);
        REQUIRE(flows.size() + whitelist.left_out.size() == record.flows.size());
        for (const auto& key : flows) {
            REQUIRE(accepts(whitelist, key));
        }
        for (const auto& out : whitelist.left_out) {
            REQUIRE_FALSE(out.reason.empty());
        }
        kept += flows.size();
        left_out += whitelist.left_out.size();
    }
    CHECK(kept > tests::record_count());
    CHECK(left_out > tests::record_count() / 10);
}

TEST_CASE("minimal: no rule can go, no two can be merged at equal exposure, no prefixes can be joined") {
    std::size_t removals = 0;
    std::size_t pairs = 0;
    std::size_t wide = 0;
    for (std::size_t seed = 0; seed < tests::record_count(); ++seed) {
        CAPTURE(seed);
        const auto record = RandomRecord(seed).record(20);
        auto whitelist = analyzer::suggest(record, by_address);
        const auto flows = kept_flows(record, whitelist);
        for (std::size_t index = 0; index < whitelist.rules.size(); ++index) {
            auto without = whitelist;
            without.rules.erase(without.rules.begin() + static_cast<std::ptrdiff_t>(index));
            REQUIRE(std::any_of(flows.begin(), flows.end(),
                                [&without](const auto& key) { return !accepts(without, key); }));
            ++removals;
        }
        std::vector<std::set<model::Address>> addresses;
        for (const auto& rule : whitelist.rules) {
            addresses.push_back(addresses_of(rule));
            REQUIRE(rule.exposure == addresses.back().size() * rule.details.size());
            for (std::size_t index = 1; index < rule.addresses.size(); ++index) {
                const auto& low = rule.addresses[index - 1];
                const auto& high = rule.addresses[index];
                const bool halves = low.length() == high.length() && low.length() > 0 &&
                                    model::Prefix(low.address(), low.length() - 1).contains(high.address());
                REQUIRE_FALSE(halves);
            }
            wide += rule.addresses.front().is_single() ? 0 : 1;
        }
        for (std::size_t one = 0; one < whitelist.rules.size(); ++one) {
            for (std::size_t other = one + 1; other < whitelist.rules.size(); ++other) {
                const auto& a = whitelist.rules[one];
                const auto& b = whitelist.rules[other];
                if (a.selectors != b.selectors || a.protocol != b.protocol) {
                    continue;
                }
                auto all_addresses = addresses[one];
                all_addresses.insert(addresses[other].begin(), addresses[other].end());
                std::set<model::DetailRange> all_details(a.details.begin(), a.details.end());
                all_details.insert(b.details.begin(), b.details.end());
                REQUIRE(all_addresses.size() * all_details.size() > a.exposure + b.exposure);
                ++pairs;
            }
        }
    }
    CHECK(removals > tests::record_count());
    CHECK(pairs > tests::record_count() / 2);
    CHECK(wide > tests::record_count() / 20);
}

TEST_CASE("default deny: a packet is accepted only if just that was seen, or is always admitted") {
    std::size_t accepted = 0;
    std::size_t denied = 0;
    for (std::size_t seed = 0; seed < tests::record_count(); ++seed) {
        CAPTURE(seed);
        RandomRecord world(seed);
        const auto record = world.record(24);
        const auto whitelist = analyzer::suggest(record, by_address);
        for (int packet = 0; packet < 40; ++packet) {
            analyzer::Packet asked{world.owner(), world.destination()};
            if (world.one_in(2)) {
                asked = neighbour_of(record.flows[world.below(record.flows.size())].key, world);
            }
            const auto& [owner, to, cgroup] = asked;
            const bool expected = always_admitted(owner, to) || was_observed(record, owner, to);
            const auto said = to.service.to_string() + " to " + to.address.to_string() + " by owner " +
                              std::to_string(static_cast<int>(owner.kind)) + " uid " +
                              std::to_string(owner.uid);
            CAPTURE(said);
            REQUIRE(analyzer::verdict(whitelist, asked).accepted == expected);
            (expected ? accepted : denied) += 1;
        }
    }
    CHECK(accepted > tests::record_count());
    CHECK(denied > tests::record_count());
}

TEST_CASE("deterministic: neither the order of flows nor the numbers of identities change a byte") {
    for (std::size_t seed = 0; seed < tests::record_count(); ++seed) {
        CAPTURE(seed);
        RandomRecord world(seed);
        const auto record = world.record(24);
        const auto other = shuffled(record, world.engine());
        const analyzer::SuggestOptions options{.by_address = world.one_in(2)};
        const auto one = analyzer::suggest(record, options);
        const auto two = analyzer::suggest(other, options);
        REQUIRE(analyzer::render_nft(one) == analyzer::render_nft(two));
        REQUIRE(analyzer::render_json(one) == analyzer::render_json(two));
        REQUIRE(analyzer::render_table(one, {120, true}) == analyzer::render_table(two, {120, true}));
    }
}

TEST_CASE("a rule's id depends on what it admits alone, and tells different rules apart") {
    std::set<std::string> contents;
    std::set<std::string> ids;
    for (std::size_t seed = 0; seed < tests::record_count(); ++seed) {
        const auto record = RandomRecord(seed).record(12);
        auto other = record;
        other.names.clear();
        other.identities.name_user(33, model::ForeignText("somebody else"));
        for (auto& flow : other.flows) {
            flow.counts.count += 7;
            flow.counts.last_seen += std::chrono::hours(1000);
            flow.key.process = model::ProcessId::unknown;
        }
        const auto one = analyzer::suggest(record, by_address).rules;
        const auto two = analyzer::suggest(other, by_address).rules;
        REQUIRE(one.size() == two.size());
        for (std::size_t index = 0; index < one.size(); ++index) {
            CAPTURE(seed);
            REQUIRE(one[index].id == two[index].id);
            REQUIRE(one[index].id.size() == 12);
            std::string content;
            for (const auto& selector : one[index].selectors) {
                content += std::to_string(static_cast<int>(selector.kind)) + " " +
                           std::to_string(selector.uid) + " ";
            }
            content += one[index].protocol.name();
            for (const auto& range : one[index].details) {
                content += " " + std::to_string(range.first) + "-" + std::to_string(range.last);
            }
            for (const auto& prefix : one[index].addresses) {
                content += " " + prefix.to_string();
            }
            contents.insert(content);
            ids.insert(one[index].id);
        }
    }
    CHECK(contents.size() > 1000);
    CHECK(ids.size() == contents.size());
}

TEST_CASE(
    "no evidence: what a whitelist denied, or would have, changes no rule and is left out with its reason") {
    for (std::size_t seed = 0; seed < tests::record_count() / 10; ++seed) {
        CAPTURE(seed);
        RandomRecord world(seed);
        auto record = world.record(24);
        const auto before = analyzer::suggest(record, {});
        const auto flows = record.flows.size();
        for (std::size_t more = 0; more < 8; ++more) {
            // Elsewhere, or what others may do; by those who are known.
            auto flow = world.one_in(2) ? world.flow(record.identities) : record.flows[world.below(flows)];
            flow.key.verdict = world.one_in(2) ? model::FlowVerdict::denied : model::FlowVerdict::shadowed;
            record.flows.push_back(std::move(flow));
        }
        const auto after = analyzer::suggest(record, {});
        REQUIRE(after.rules == before.rules);
        REQUIRE(after.left_out.size() == before.left_out.size() + 8);
        for (const auto& out : after.left_out) {
            REQUIRE_FALSE(out.reason.empty());
        }
    }
}
