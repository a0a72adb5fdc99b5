// Whitelists to try every output on: random ones, and fifty made by hand of what is known to be hard. Not
// made by suggest, so that they hold what no record has asked for yet. Plain data; used by the tests
// of what outputs mean, and by those that ask each output's own tool.
#pragma once

#include <analyzer/verdict.hpp>

#include <string>
#include <vector>

namespace fwlearn::tests {

struct Case {
    std::string name;
    model::Whitelist whitelist;
    /// Packets that its rules admit: for every sender of every rule one to each of its prefixes for each of
    /// its ranges of services. Every sender's first, then every sender's second, and so on, so that any
    /// number of them from the beginning is of all senders.
    std::vector<analyzer::Packet> admitted;
};

Case random_case(unsigned seed);
std::vector<Case> hand_made_cases();

/// Fills in ids, names of rules by name, and what is admitted.
void finish(Case& one, unsigned seed);

/// The same rules by address and for everybody, which is what a firewall can be told that knows neither names
/// nor users.
Case for_everybody(Case one, unsigned seed);

} // namespace fwlearn::tests
