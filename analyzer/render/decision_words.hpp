// Decisions in a few words, for people, as printable ASCII: with a rule what it was decided to be called.
// Private to render.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// "443", "1024-65535"
std::string range_words(const model::DetailRange& range);

/// "Backups: to the other site", from the rule's title and comment; empty where nobody gave it any.
std::string note_words(const model::Rule& rule);

} // namespace fwlearn::analyzer
