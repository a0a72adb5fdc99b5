// What holds whatever is asked for: selectors, widenings and decisions of every kind, on records with units,
// programs and names.
#include "expectations.hpp"
#include "random_choices.hpp"

#include <analyzer/difference.hpp>
#include <analyzer/read_rules.hpp>
#include <analyzer/render/json.hpp>
#include <analyzer/render/nft.hpp>
#include <analyzer/render/table.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace fwlearn;
using namespace tests;

namespace {

analyzer::Packet packet_of(const model::FlowKey& key, const model::Identities& identities) {
    return {key.owner, key.destination, cgroup_of(key, identities)};
}

bool accepts(const model::Whitelist& whitelist, const analyzer::Packet& packet) {
    return analyzer::verdict(whitelist, packet).accepted;
}

/// Of flows that nobody knows the owner of, only rules for everybody decide.
std::vector<const model::Flow*> kept(const Choice& choice, const model::Whitelist& whitelist) {
    std::set<model::FlowKey> left_out;
    for (const auto& one : whitelist.left_out) {
        left_out.insert(one.flow.key);
    }
    std::vector<const model::Flow*> flows;
    for (const auto& flow : choice.record.flows) {
        if (!left_out.contains(flow.key)) {
            flows.push_back(&flow);
        }
    }
    return flows;
}

template <typename Values, typename Before>
bool in_order(const Values& values, const Before& before) {
    for (std::size_t index = 1; index < values.size(); ++index) {
        if (!before(values[index - 1], values[index])) {
            return false;
        }
    }
    return !values.empty();
}

/// Both belong to what somebody decided to admit together.
template <typename Holds>
bool decided_together(const Choice& choice, const Holds& holds) {
    return std::any_of(choice.options.decisions.begin(), choice.options.decisions.end(),
                       [&](const auto& decision) { return holds(decision); });
}

/// Why `details` may be admitted where `seen` was.
bool may_stand_for(const Choice& choice, const model::Service& seen, const model::Service& asked) {
    if (seen == asked) {
        return true;
    }
    if (seen.protocol != asked.protocol || !seen.protocol.has_ports()) {
        return false;
    }
    if (choice.options.widening == analyzer::Widening::port && seen.detail >= 1024 && asked.detail >= 1024) {
        return true;
    }
    // Ranges of several decisions may have become one.
    return decided_together(choice, [&](const model::Decision& decision) {
        return decision.to_ports && decision.to_ports->contains(asked.detail);
    });
}

bool may_stand_for(const Choice& choice, const model::FlowKey& seen, const model::Address& asked) {
    const auto& address = seen.destination.address;
    if (address == asked) {
        return true;
    }
    if (choice.options.widening == analyzer::Widening::subnet &&
        model::Prefix(address, address.family() == model::Family::ipv4 ? 24 : 64).contains(asked)) {
        return true;
    }
    if (decided_together(choice, [&](const model::Decision& decision) {
            return decision.to_address && decision.to_address->contains(asked);
        })) {
        return true;
    }
    // A name admits what it stood for; whose answer counts is names_test's question.
    return !choice.options.by_address &&
           (std::any_of(choice.record.names.begin(), choice.record.names.end(),
                        [&asked](const auto& binding) { return binding.address == asked; }) ||
            std::any_of(choice.record.flows.begin(), choice.record.flows.end(), [&asked](const auto& flow) {
                return flow.key.name != model::NameId::unknown && flow.key.destination.address == asked;
            }));
}

bool selects(const model::Selector& selector, const analyzer::Packet& packet) {
    model::Whitelist one;
    one.rules.resize(1);
    one.rules[0].selectors = {selector};
    one.rules[0].protocol = model::Protocol{253};
    one.rules[0].details = {0};
    one.rules[0].addresses = {model::Prefix(model::Address::v4(0))};
    auto anywhere = packet;
    anywhere.destination = {{model::Protocol{253}, 0}, model::Address::v4(0)};
    return accepts(one, anywhere);
}

} // namespace

TEST_CASE("whatever is asked for: what is kept is accepted, and rules are in order, disjoint and readable") {
    std::size_t ranges = 0;
    std::size_t units = 0;
    std::size_t decided = 0;
    std::size_t joined = 0;
    for (std::size_t seed = 0; seed < record_count(); ++seed) {
        CAPTURE(seed);
        const auto choice = RandomChoices(seed).choice(24, seed % 2 == 0);
        const auto whitelist = analyzer::suggest(choice.record, choice.options);
        for (const auto* flow : kept(choice, whitelist)) {
            CAPTURE(flow->key.destination.service.to_string());
            CAPTURE(flow->key.destination.address.to_string());
            REQUIRE(accepts(whitelist, packet_of(flow->key, choice.record.identities)));
        }
        for (const auto& rule : whitelist.rules) {
            REQUIRE(in_order(rule.selectors, std::less<>()));
            REQUIRE(in_order(rule.details,
                             [](const auto& one, const auto& other) { return one.last < other.first; }));
            REQUIRE(in_order(rule.addresses, [](const auto& one, const auto& other) {
                return one.address() < other.address() && !one.contains(other.address());
            }));
            for (const auto& range : rule.details) {
                REQUIRE((range.is_single() || rule.protocol.has_ports()));
                ranges += range.is_single() ? 0 : 1;
            }
            units += rule.selectors.front().kind == model::SelectorKind::unit ? 1 : 0;
            joined += rule.selectors.size() > 1 ? 1 : 0;
        }
        decided += choice.options.decisions.size() - whitelist.unmatched.size();
        const auto read = analyzer::read_rules(analyzer::render_json(whitelist));
        REQUIRE(analyzer::difference(read, whitelist.rules).empty());
    }
    CHECK(ranges > record_count() / 20);
    CHECK(units > record_count());
    CHECK(decided > record_count() / 2);
    CHECK(joined > record_count() / 100);
}

TEST_CASE("whatever is asked for: what is accepted was seen of that sender, or is within what was widened") {
    std::size_t accepted = 0;
    std::size_t denied = 0;
    for (std::size_t seed = 0; seed < record_count(); ++seed) {
        CAPTURE(seed);
        RandomChoices choices(seed);
        auto& world = choices.world();
        const auto choice = choices.choice(24, seed % 2 == 0);
        const auto whitelist = analyzer::suggest(choice.record, choice.options);
        const auto flows = kept(choice, whitelist);
        for (int count = 0; count < 20; ++count) {
            const auto& near = choice.record.flows[world.below(choice.record.flows.size())].key;
            analyzer::Packet asked{world.owner(), world.destination()};
            if (world.one_in(2)) {
                asked = neighbour_of(near, world);
            }
            asked.cgroup = cgroup_of(near, choice.record.identities);
            const auto verdict = analyzer::verdict(whitelist, asked);
            if (always_admitted(asked.owner, asked.destination)) {
                REQUIRE(verdict.accepted);
                continue;
            }
            (verdict.accepted ? accepted : denied) += 1;
            if (!verdict.accepted) {
                continue;
            }
            const auto rule = std::find_if(whitelist.rules.begin(), whitelist.rules.end(),
                                           [&](const auto& one) { return one.id == verdict.why; });
            REQUIRE(rule != whitelist.rules.end());
            const auto said = asked.destination.service.to_string() + " to " +
                              asked.destination.address.to_string() + " by rule " + rule->id;
            CAPTURE(said);
            REQUIRE(std::any_of(rule->selectors.begin(), rule->selectors.end(), [&](const auto& selector) {
                return selects(selector, asked) &&
                       std::any_of(flows.begin(), flows.end(), [&](const auto* flow) {
                           return selects(selector, packet_of(flow->key, choice.record.identities)) &&
                                  may_stand_for(choice, flow->key.destination.service,
                                                asked.destination.service) &&
                                  may_stand_for(choice, flow->key, asked.destination.address);
                       });
            }));
        }
    }
    CHECK(accepted > record_count() / 2);
    CHECK(denied > record_count());
}

TEST_CASE("by address, whatever is asked for: no rule can go without a flow that none of its kind admits") {
    std::size_t rules = 0;
    for (std::size_t seed = 0; seed < record_count(); ++seed) {
        CAPTURE(seed);
        auto choice = RandomChoices(seed).choice(20, false);
        choice.options.by_address = true;
        // What was widened by decision stays, also where another rule was widened over what it was seen for.
        std::erase_if(choice.options.decisions, [](const model::Decision& decision) {
            return decision.action == model::DecisionAction::widen;
        });
        const auto whitelist = analyzer::suggest(choice.record, choice.options);
        const auto flows = kept(choice, whitelist);
        for (std::size_t index = 0; index < whitelist.rules.size(); ++index) {
            // A user's rule may admit what a unit of the same user needs: selectors of one kind are told
            // apart.
            const auto kind = whitelist.rules[index].selectors.front().kind;
            auto without = whitelist;
            std::erase_if(without.rules, [&](const auto& rule) {
                return rule.id == whitelist.rules[index].id || rule.selectors.front().kind != kind;
            });
            model::Whitelist alone;
            alone.rules = {whitelist.rules[index]};
            CAPTURE(whitelist.rules[index].id);
            REQUIRE(std::any_of(flows.begin(), flows.end(), [&](const auto* flow) {
                const auto packet = packet_of(flow->key, choice.record.identities);
                return accepts(alone, packet) && !accepts(without, packet);
            }));
            ++rules;
        }
    }
    CHECK(rules > record_count());
}

TEST_CASE("whatever is asked for: neither the order of flows nor the numbers of identities change a byte") {
    for (std::size_t seed = 0; seed < record_count() / 2; ++seed) {
        CAPTURE(seed);
        RandomChoices choices(seed);
        const auto choice = choices.choice(24, seed % 2 == 0);
        const auto one = analyzer::suggest(choice.record, choice.options);
        const auto two = analyzer::suggest(shuffled(choice.record, choices.world().engine()), choice.options);
        REQUIRE(analyzer::render_nft(one) == analyzer::render_nft(two));
        REQUIRE(analyzer::render_json(one) == analyzer::render_json(two));
        REQUIRE(analyzer::render_table(one, {120, true}) == analyzer::render_table(two, {120, true}));
    }
}
