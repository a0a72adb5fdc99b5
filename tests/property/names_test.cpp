// The invariants of rules by name: complete, minimal, default deny.
#include "expectations.hpp"

#include <analyzer/suggest.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

using namespace fwlearn;
using namespace tests;

namespace {

bool is_answer(const model::NameBinding& binding) {
    return binding.source == model::BindingSource::dns_host ||
           binding.source == model::BindingSource::dns_process;
}

bool is_own(const model::NameBinding& binding, model::ProcessId process) {
    return process != model::ProcessId::unknown && binding.process == process;
}

/// Of the addresses that records here have, those that no name may bring into a whitelist.
bool never_by_name(const model::Address& address) {
    const auto text = address.to_string();
    return address.is_loopback() || address.is_multicast() || text == "0.0.0.0" ||
           text == "255.255.255.255" || text == "fe80::1";
}

/// The name by which docs/whitelist.md says that a flow is admitted; empty: by its address.
model::ForeignText name_of(const model::Record& record, const model::FlowKey& key) {
    if (never_by_name(key.destination.address)) {
        return {};
    }
    std::set<model::ForeignText> own;
    std::set<model::ForeignText> of_host;
    for (const auto& binding : record.names) {
        if (binding.address != key.destination.address || !is_answer(binding)) {
            continue;
        }
        if (is_own(binding, key.process)) {
            own.insert(binding.name);
        } else if (binding.source == model::BindingSource::dns_host) {
            of_host.insert(binding.name);
        }
    }
    const auto& known = record.identities.name(key.name);
    if (!known.empty()) {
        const bool answered = key.name_source == model::BindingSource::dns_host ||
                              key.name_source == model::BindingSource::dns_process;
        return answered || own.contains(known) || of_host.contains(known) ? known : model::ForeignText();
    }
    const auto& best = own.empty() ? of_host : own;
    return best.size() == 1 ? *best.begin() : model::ForeignText();
}

/// A selector as the tests see it: owner and protocol.
using Sender = std::tuple<model::OwnerKind, std::uint32_t, model::Protocol>;

Sender sender_of(const model::SocketOwner& owner, model::Protocol protocol) {
    return {owner.kind, owner.kind == model::OwnerKind::user ? owner.uid : 0, protocol};
}

/// What the names of one sender stand for, and for which services he needs them.
struct Named {
    std::set<model::ProcessId> processes;
    std::set<model::Address> reached;
    std::set<std::uint16_t> details;
};
using NamesOf = std::map<std::pair<Sender, model::ForeignText>, Named>;

NamesOf names_of_senders(const model::Record& record, const std::vector<model::FlowKey>& kept) {
    NamesOf names;
    for (const auto& key : kept) {
        const auto name = name_of(record, key);
        if (name.empty()) {
            continue;
        }
        auto& named = names[{sender_of(key.owner, key.destination.service.protocol), name}];
        named.processes.insert(key.process);
        named.reached.insert(key.destination.address);
        named.details.insert(key.destination.service.detail);
    }
    return names;
}

bool stands_for(const model::Record& record, const Named& named, const model::ForeignText& name,
                const model::Address& address) {
    if (never_by_name(address)) {
        return false;
    }
    return named.reached.contains(address) ||
           std::any_of(record.names.begin(), record.names.end(), [&](const model::NameBinding& binding) {
               return is_answer(binding) && binding.name == name && binding.address == address &&
                      (binding.source == model::BindingSource::dns_host ||
                       (binding.process != model::ProcessId::unknown &&
                        named.processes.contains(binding.process)));
           });
}

bool admitted_by_name(const model::Record& record, const NamesOf& names, const analyzer::Packet& packet) {
    const auto& service = packet.destination.service;
    return std::any_of(names.begin(), names.end(), [&](const auto& entry) {
        const auto& [sender, name] = entry.first;
        const bool theirs =
            sender == sender_of(packet.owner, service.protocol) || sender == sender_of({}, service.protocol);
        return theirs && entry.second.details.contains(service.detail) &&
               stands_for(record, entry.second, name, packet.destination.address);
    });
}

} // namespace

TEST_CASE("by name, complete: every flow is accepted, and one with a name by a rule that has the name") {
    std::size_t by_name = 0;
    for (std::size_t seed = 0; seed < record_count(); ++seed) {
        CAPTURE(seed);
        const auto record = RandomRecord(seed).record(24);
        const auto whitelist = analyzer::suggest(record);
        const auto kept = kept_flows(record, whitelist);
        for (const auto& key : kept) {
            REQUIRE(accepts(whitelist, key));
            const auto name = name_of(record, key);
            const auto has_it = [&](const model::Rule& rule) {
                return !rule.by_name.empty() && rule.protocol == key.destination.service.protocol &&
                       std::binary_search(rule.names.begin(), rule.names.end(), name) &&
                       std::any_of(rule.details.begin(), rule.details.end(), [&](const auto& range) {
                           return range.contains(key.destination.service.detail);
                       });
            };
            REQUIRE((name.empty() || std::any_of(whitelist.rules.begin(), whitelist.rules.end(), has_it)));
            by_name += name.empty() ? 0 : 1;
        }
    }
    CHECK(by_name > record_count());
}

TEST_CASE("by name, default deny: beyond what was seen, only what a sender's own names stand for") {
    std::size_t by_name = 0;
    std::size_t denied = 0;
    for (std::size_t seed = 0; seed < record_count(); ++seed) {
        CAPTURE(seed);
        RandomRecord world(seed);
        const auto record = world.record(24);
        const auto whitelist = analyzer::suggest(record);
        const auto names = names_of_senders(record, kept_flows(record, whitelist));
        for (int packet = 0; packet < 40; ++packet) {
            analyzer::Packet asked{world.owner(), world.destination()};
            if (world.one_in(2)) {
                asked = neighbour_of(record.flows[world.below(record.flows.size())].key, world);
            }
            if (!record.names.empty() && world.one_in(3)) { // what is known, where some name points to
                const auto& key = record.flows[world.below(record.flows.size())].key;
                asked = {key.owner,
                         {key.destination.service, record.names[world.below(record.names.size())].address}};
            }
            const auto& [owner, to, cgroup] = asked;
            const bool seen = always_admitted(owner, to) || was_observed(record, owner, to);
            const bool named = admitted_by_name(record, names, asked);
            const auto said = to.service.to_string() + " to " + to.address.to_string() + " by owner " +
                              std::to_string(static_cast<int>(owner.kind)) + " uid " +
                              std::to_string(owner.uid);
            CAPTURE(said);
            REQUIRE(analyzer::verdict(whitelist, asked).accepted == (seen || named));
            by_name += named && !seen ? 1 : 0;
            denied += seen || named ? 0 : 1;
        }
    }
    CHECK(by_name > record_count() / 10);
    CHECK(denied > record_count());
}

TEST_CASE("by name, minimal: every name of every rule is needed, and so is every rule by address") {
    std::size_t names_checked = 0;
    for (std::size_t seed = 0; seed < record_count(); ++seed) {
        CAPTURE(seed);
        const auto record = RandomRecord(seed).record(20);
        const auto whitelist = analyzer::suggest(record);
        const auto kept = kept_flows(record, whitelist);
        const auto needed = names_of_senders(record, kept);
        std::map<std::tuple<std::vector<model::Selector>, model::Protocol, std::uint16_t, model::ForeignText>,
                 int>
            times;
        for (std::size_t index = 0; index < whitelist.rules.size(); ++index) {
            const auto& rule = whitelist.rules[index];
            REQUIRE(rule.exposure % rule.details.size() == 0);
            for (const auto& known : rule.by_name) {
                for (const auto detail : rule.details) {
                    // One rule for each name and service, of somebody who reached it so.
                    REQUIRE(++times[{rule.selectors, rule.protocol, detail.first, known.name}] == 1);
                    REQUIRE(std::any_of(needed.begin(), needed.end(), [&](const auto& entry) {
                        const auto& [kind, uid, protocol] = entry.first.first;
                        return protocol == rule.protocol && entry.first.second == known.name &&
                               entry.second.details.contains(detail.first) &&
                               (rule.selectors.front().kind != model::SelectorKind::uid ||
                                rule.selectors.front().uid == uid);
                    }));
                    ++names_checked;
                }
            }
            if (rule.by_name.empty()) {
                // What another selector's names stand for at the moment is no promise for this one.
                auto without = whitelist;
                std::erase_if(without.rules, [&rule](const auto& other) {
                    return other.id == rule.id ||
                           (!other.by_name.empty() && other.selectors != rule.selectors);
                });
                REQUIRE(std::any_of(kept.begin(), kept.end(),
                                    [&without](const auto& key) { return !accepts(without, key); }));
            }
        }
        // No two rules by name of one selector agree in their names or in their services: they would be one.
        for (const auto& one : whitelist.rules) {
            for (const auto& other : whitelist.rules) {
                const bool same = one.selectors == other.selectors && one.protocol == other.protocol &&
                                  !one.by_name.empty() && !other.by_name.empty() && one.id != other.id;
                REQUIRE_FALSE((same && one.names == other.names));
                REQUIRE_FALSE((same && one.details == other.details));
            }
        }
    }
    CHECK(names_checked > record_count());
}
