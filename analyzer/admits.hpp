// Which rules take a flow, and which rules take all that another takes, as far as whitelists are made with
// it; analyzer/verdict, which judges them, has its own account. Private to this room; called by decisions,
// admission and nearest_rule.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// By name: what the names have stood for so far.
bool admits(const model::Rule& rule, const model::FlowKey& key, const model::Identities& identities);

/// The first of the rule's selectors that takes the flow; nullptr: none.
const model::Selector* selector_of(const model::Rule& rule, const model::FlowKey& key,
                                   const model::Identities& identities);

bool has_service(const model::Rule& rule, const model::Service& service);

/// Whatever `other` admits, today and later, `rule` admits too.
bool covers(const model::Rule& rule, const model::Rule& other);

/// The domain itself, or below it.
bool is_within_domain(const model::ForeignText& name, const model::ForeignText& domain);

} // namespace fwlearn::analyzer
