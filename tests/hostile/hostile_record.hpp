// A small record in which every foreign string is one of the caller's choice, and the strings to choose.
// Used by the hostile tests.
#pragma once

#include <model/record.hpp>

#include <random>
#include <span>

namespace fwlearn::tests {

/// The strings take their places in turn: processes (five places each), tasks, users, groups, interfaces,
/// DNS names. Numbers, times and structure are always the same.
model::Record record_with(std::span<const std::string> strings);

/// What is known to break quoting, lines, terminals, JSON, SQL, shells and includes.
std::vector<std::string> known_killers();

/// Up to 300 bytes, any of them, those that mean something somewhere more often.
std::string random_bytes(std::mt19937_64& random);

} // namespace fwlearn::tests
