// What the user has to know before he accepts a rule: that it admits everybody, that it lets names be asked
// where nobody sees it, that its addresses serve others as well.
// Private to this room; called by rules.
#pragma once

#include "places.hpp"

namespace fwlearn::analyzer {

/// `addresses`: those that the rule admits so far, ascending; of a wider prefix the first. In fwlearn's own
/// words, printable ASCII.
std::vector<std::string> warnings_of(const model::Record& record, const Places& places,
                                     const model::Rule& rule, const std::vector<model::Address>& addresses);

} // namespace fwlearn::analyzer
