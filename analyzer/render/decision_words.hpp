// Decisions in a few words, for people, as printable ASCII: at the head of every output those that concern
// nothing, with a rule what it was decided to be called. Private to render.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// "443", "1024-65535"
std::string range_words(const model::DetailRange& range);

/// One line for each decision that concerns nothing.
std::vector<std::string> unmatched_lines(const model::Whitelist& whitelist);

/// "Backups: to the other site", from the rule's title and comment; empty where nobody gave it any.
std::string note_words(const model::Rule& rule);

} // namespace fwlearn::analyzer
