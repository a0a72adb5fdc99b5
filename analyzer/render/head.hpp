// What stands at the head of every output for a firewall: coverage, the rules with their evidence and
// warnings, what was proposed, what was not seen. Plain words, printable ASCII, one statement a line. Private
// to render.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// To be put behind the format's own mark of a comment; some lines are empty.
std::vector<std::string> head_lines(const model::Whitelist& whitelist);

/// The rule's id and its foreign words, as many as `limit` octets hold: 127 is the kernel's own for a rule's
/// comment.
std::string comment_of(const model::Rule& rule, std::size_t limit = 127);

} // namespace fwlearn::analyzer
