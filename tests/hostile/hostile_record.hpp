// A small record in which every foreign string is one of the caller's choice, and the strings to choose.
// Used by the hostile tests.
#pragma once

#include <analyzer/suggest.hpp>
#include <model/record.hpp>

#include <random>
#include <span>

namespace fwlearn::tests {

/// How many strings a record takes, the same number of every kind; with fewer, they are used again.
inline constexpr std::size_t kinds = 18;
inline constexpr std::size_t places = 7 * kinds;

/// The strings take their places in turn: processes (five places each), tasks, users, groups, interfaces,
/// DNS names, settings, schedules (five places each), tasks that ran. Numbers, times and structure are always
/// the same.
model::Record record_with(std::span<const std::string> strings);

/// Every flow of that record is kept, and flagged by nothing: what a program is called, and whence it runs,
/// decides about both, and here its words alone are to differ.
analyzer::SuggestOptions whatever_it_is_called();

/// What is known to break quoting, lines, terminals, JSON, SQL, shells and includes.
std::vector<std::string> known_killers();

/// How many random strings a property is tried on: 10,000, ten times as many with FWLEARN_FULL=1.
std::size_t string_count();

/// Up to 300 bytes, any of them, those that mean something somewhere more often.
std::string random_bytes(std::mt19937_64& random);

} // namespace fwlearn::tests
