#include "wildcards.hpp"

#include <libpsl.h>

#include <map>
#include <tuple>

namespace fwlearn::analyzer {
namespace {

/// Fewer names than these are read faster than a domain is judged.
constexpr std::size_t many = 5;

/// The domain that somebody has registered; empty where the name is a public suffix itself or the list knows
/// no suffix of it: `internal` is nobody's.
std::string registrable_domain(const psl_ctx_t* list, const model::ForeignText& name) {
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

} // namespace

std::vector<model::WildcardProposal> wildcards_for(const std::vector<model::Rule>& rules) {
    const psl_ctx_t* const list = psl_builtin();
    if (list == nullptr) {
        return {};
    }
    std::map<std::tuple<model::Selector, model::Protocol, std::vector<std::uint16_t>, std::string>,
             model::WildcardProposal>
        proposals;
    for (const auto& rule : rules) {
        for (const auto& known : rule.by_name) {
            const auto domain = registrable_domain(list, known.name);
            if (domain.empty()) {
                continue;
            }
            auto& proposal = proposals[{rule.selector, rule.protocol, rule.details, domain}];
            proposal.selector = rule.selector;
            proposal.user = rule.user;
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
        if (proposal.names.size() >= many) {
            result.push_back(std::move(proposal));
        }
    }
    return result;
}

} // namespace fwlearn::analyzer
