// What is left of an output when the foreign strings in it do not count, so that two outputs can be compared
// that should differ in these alone; and the strings for two such records. Used by the tests of outputs.
#pragma once

#include <nlohmann/json.hpp>

#include <random>
#include <string>
#include <vector>

namespace fwlearn::tests {

std::size_t line_count(const std::string& text);
/// Of ASCII's letters, digits and signs, blanks and newlines.
bool is_printable(const std::string& text);

/// The document with every foreign string replaced, and what is sorted by these sorted anew: all that is left
/// is fwlearn's own.
nlohmann::json without_foreign_words(const nlohmann::json& document, const std::string& key = {});

/// The first column of each line, which is never cut and never foreign.
std::vector<std::string> beginnings(const std::string& table, std::size_t width = 12);

/// For every place of a record a string, different from all others: two equal ones may share a line, and
/// rightly so. Of hostile ones every other keeps its end, where a backslash or half a character does its
/// work.
std::vector<std::string> harmless_strings();
std::vector<std::string> in_every_place(const std::string& killer);
std::vector<std::string> random_in_every_place(std::mt19937_64& random);

} // namespace fwlearn::tests
