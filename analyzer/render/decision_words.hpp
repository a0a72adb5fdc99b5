// Decisions in a few words, for people, as printable ASCII: with a rule what it was decided to be called.
// Private to render.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// "443", "1024-65535"
std::string range_words(const model::DetailRange& range);

/// "8/0", or "8" for all of a type's codes
std::string icmp_words(const model::DetailRange& types);

/// "Backups: to the other site", from the rule's title and comment; empty where nobody gave it any.
std::string note_words(const model::Rule& rule);

} // namespace fwlearn::analyzer
