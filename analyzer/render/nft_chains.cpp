#include "nft_chains.hpp"

#include "unit_sets.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace fwlearn::analyzer {
namespace {

std::string name_of(const model::Selector& selector) {
    switch (selector.kind) {
    case model::SelectorKind::any:
        return "any";
    case model::SelectorKind::kernel:
        return "kernel";
    case model::SelectorKind::uid:
        return "uid_" + std::to_string(selector.uid);
    case model::SelectorKind::unit:
        break;
    }
    return "unit_" + unit_label(selector);
}

std::string name_of(const model::Protocol& protocol, const model::DetailRange& details) {
    auto name = model::Service{protocol, details.first}.to_string();
    if (!details.is_single()) {
        name += "_" + std::to_string(details.last);
    }
    std::replace(name.begin(), name.end(), '/', '_');
    return name;
}

/// One rule's range of services, by the rule's place in the whitelist.
struct Wish {
    model::DetailRange details;
    std::size_t rule = 0;
};

/// The ranges, cut where one of them begins or ends, each with the rules that it is part of, ascending.
std::vector<std::pair<model::DetailRange, std::vector<std::size_t>>>
disjoint(const std::vector<Wish>& wishes) {
    std::map<std::uint32_t, std::vector<std::size_t>> begins;
    std::map<std::uint32_t, std::vector<std::size_t>> ends; ///< by the first value that is not in it
    std::set<std::uint32_t> cuts;
    for (const auto& wish : wishes) {
        begins[wish.details.first].push_back(wish.rule);
        ends[wish.details.last + 1U].push_back(wish.rule);
        cuts.insert(wish.details.first);
        cuts.insert(wish.details.last + 1U);
    }
    std::vector<std::pair<model::DetailRange, std::vector<std::size_t>>> pieces;
    std::set<std::size_t> open;
    for (auto cut = cuts.begin(); cut != cuts.end(); ++cut) {
        for (const auto rule : ends[*cut]) {
            open.erase(rule);
        }
        for (const auto rule : begins[*cut]) {
            open.insert(rule);
        }
        if (!open.empty()) { // then something ends later
            pieces.emplace_back(model::DetailRange(static_cast<std::uint16_t>(*cut),
                                                   static_cast<std::uint16_t>(*std::next(cut) - 1)),
                                std::vector<std::size_t>(open.begin(), open.end()));
        }
    }
    return pieces;
}

} // namespace

std::vector<NftSelector> nft_selectors(const model::Whitelist& whitelist) {
    std::map<model::Selector, std::map<model::Protocol, std::vector<Wish>>> wishes_of;
    for (std::size_t index = 0; index < whitelist.rules.size(); ++index) {
        const auto& rule = whitelist.rules[index];
        for (const auto& selector : rule.selectors) {
            for (const auto& details : rule.details) {
                wishes_of[selector][rule.protocol].push_back({details, index});
            }
        }
    }
    std::vector<NftSelector> selectors;
    for (const auto& [selector, protocols] : wishes_of) {
        NftSelector result{selector, name_of(selector), {}, {}};
        std::map<std::vector<std::size_t>, std::size_t> chain_with;
        for (const auto& [protocol, wishes] : protocols) {
            for (const auto& [details, rules] : disjoint(wishes)) {
                const auto [position, first] = chain_with.try_emplace(rules, result.chains.size());
                if (first) {
                    NftChain chain{result.name + "_" + name_of(protocol, details), {}};
                    for (const auto rule : rules) {
                        chain.rules.push_back(&whitelist.rules[rule]);
                    }
                    result.chains.push_back(std::move(chain));
                }
                result.services.push_back({protocol, details, position->second});
            }
        }
        selectors.push_back(std::move(result));
    }
    return selectors;
}

} // namespace fwlearn::analyzer
