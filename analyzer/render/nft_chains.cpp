#include "nft_chains.hpp"

#include <model/errors.hpp>

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
    throw model::UsageError("this whitelist selects by unit, which the nft output cannot express yet");
}

std::string name_of(const model::Service& service) {
    auto name = service.to_string();
    for (auto& character : name) {
        character = character == '/' ? '_' : character;
    }
    return name;
}

} // namespace

std::vector<NftSelector> nft_selectors(const model::Whitelist& whitelist) {
    std::map<model::Selector, std::map<model::Service, std::vector<const model::Rule*>>> rules_of;
    for (const auto& rule : whitelist.rules) {
        for (const auto detail : rule.details) {
            rules_of[rule.selector][{rule.protocol, detail}].push_back(&rule);
        }
    }
    std::vector<NftSelector> selectors;
    for (const auto& [selector, services] : rules_of) {
        NftSelector result{selector, name_of(selector), {}, {}};
        std::map<std::vector<const model::Rule*>, std::size_t> chain_with;
        for (const auto& [service, rules] : services) {
            const auto [position, first] = chain_with.try_emplace(rules, result.chains.size());
            if (first) {
                result.chains.push_back({result.name + "_" + name_of(service), rules});
            }
            result.chain_of[service] = position->second;
        }
        selectors.push_back(std::move(result));
    }
    return selectors;
}

} // namespace fwlearn::analyzer
