// A rule's id, from what it admits and nothing else, so that two runs can be compared and decisions keep.
// Private to this room; called by suggest.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// The first 12 hexadecimal digits of a SHA-256 over selector, protocol, details and addresses. A strong
/// hash, because destinations are chosen by strangers: two rules with one id would share their sets in the
/// kernel.
std::string rule_id(const model::Rule& rule);

} // namespace fwlearn::analyzer
