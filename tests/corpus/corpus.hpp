// Whitelists to try every output on: random ones, and fifty made by hand of what is known to be hard. Not
// made by suggest, so that they hold what no record has asked for yet. Plain data; used by the equivalence
// tests.
#pragma once

#include <analyzer/verdict.hpp>

#include <string>
#include <vector>

namespace fwlearn::tests {

struct Case {
    std::string name;
    model::Whitelist whitelist;
    /// Packets that its rules admit, of users alone: what is sent through no socket, or from a unit's cgroup,
    /// is for other tests to send.
    std::vector<analyzer::Packet> admitted;
};

Case random_case(unsigned seed);
std::vector<Case> hand_made_cases();

/// Fills in ids, names of rules by name, exposure and what is admitted.
void finish(Case& one, unsigned seed);

} // namespace fwlearn::tests
