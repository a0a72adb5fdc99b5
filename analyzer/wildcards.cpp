#include "wildcards.hpp"

#include <libpsl.h>

#include <map>
#include <tuple>

namespace fwlearn::analyzer {

std::string registrable_domain(const model::ForeignText& name) {
    const psl_ctx_t* const list = psl_builtin();
    if (list == nullptr) {
        return {};
    }
    const char* const domain = psl_registrable_domain(list, name.raw_bytes().c_str());
    if (domain == nullptr) {
        return {};
    }
    // Without an entry the list's rule `*` makes every last label a suffix.
    const char* const suffix = psl_unregistrable_domain(list, name.raw_bytes().c_str());
    if (suffix == nullptr || psl_is_public_suffix2(list, suffix, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) == 0) {
        return {};
    }
    return domain;
}

std::vector<model::WildcardProposal> wildcards_for(const std::vector<model::Rule>& rules) {
    std::map<std::tuple<std::vector<model::Selector>, model::Protocol, std::vector<model::DetailRange>,
                        std::string>,
             model::WildcardProposal>
        proposals;
    for (const auto& rule : rules) {
        for (const auto& known : rule.by_name) {
            const auto domain = known.and_below ? std::string() : registrable_domain(known.name);
            if (domain.empty()) {
                continue;
            }
            auto& proposal = proposals[{rule.selectors, rule.protocol, rule.details, domain}];
            proposal.selectors = rule.selectors;
            proposal.protocol = rule.protocol;
            proposal.details = rule.details;
            proposal.domain = model::ForeignText(domain);
            proposal.names.push_back(known.name);
            if (proposal.rules.empty() || proposal.rules.back() != rule.id) {
                proposal.rules.push_back(rule.id);
            }
        }
    }
    std::vector<model::WildcardProposal> result;
    for (auto& [key, proposal] : proposals) {
        if (proposal.names.size() >= many_names) {
            result.push_back(std::move(proposal));
        }
    }
    return result;
}

} // namespace fwlearn::analyzer
