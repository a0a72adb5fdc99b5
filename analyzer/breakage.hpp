// What would break without a rule: the tasks whose flows it alone admits, and when these began.
// Private to this room; called by render/explanation.
#pragma once

#include <model/whitelist.hpp>

#include <map>

namespace fwlearn::analyzer {

struct Breakage {
    std::uint64_t flows = 0;
    std::map<model::Hour, std::uint64_t> hours; ///< flows that began in each
};

/// By task; the unknown one included. Of flows that the whitelist does not leave out, and that no other of
/// its rules admits.
std::map<model::Task, Breakage> breakage_without(const model::Record& record,
                                                 const model::Whitelist& whitelist, const model::Rule& rule);

/// The destinations that the rule admits and that no flow asked for, at most `limit` of them, ascending.
/// Nothing where the rule admits too many to look at each.
std::optional<std::vector<model::Destination>> unasked_by(const model::Record& record,
                                                          const model::Rule& rule, std::size_t limit);

} // namespace fwlearn::analyzer
