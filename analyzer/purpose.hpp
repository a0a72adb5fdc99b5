// What settings of the host say that a rule is for.
// Private to this room; called by rules, by suggest for what no rule is for, and by explanation.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// The setting names a destination of the rule's, for whatever service.
bool names_destination_of(const model::Configured& setting, const model::Rule& rule);

/// The same for a service of the rule's.
bool is_for(const model::Rule& rule, const model::Configured& setting);

/// Of all settings that the rule is for; ascending.
std::vector<model::ConfiguredKind> purposes_of(const model::Record& record, const model::Rule& rule);

} // namespace fwlearn::analyzer
