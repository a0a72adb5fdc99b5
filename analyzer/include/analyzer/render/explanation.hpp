// Why one rule is there: what it admits, which tasks break without it, and for a rule by name who asked for
// each name, what was answered, when, and how many addresses it has had. Called by cli's explain.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// For reading: one fact a line, nothing cut. `rule` is one of the whitelist's.
std::string render_explanation(const model::Record& record, const model::Whitelist& whitelist,
                               const model::Rule& rule);
/// The same as one JSON object: the rule's document, and its answers.
std::string explanation_to_json(const model::Record& record, const model::Whitelist& whitelist,
                                const model::Rule& rule);

} // namespace fwlearn::analyzer
