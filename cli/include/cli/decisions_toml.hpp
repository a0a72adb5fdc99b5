// decisions.toml as text: what it says as model::Decision, and a decision as text to be put at its end.
// fwlearn(1) and docs/whitelist.md have its form. Pure; knows no file. Called by decisions_file and by tests.
#pragma once

#include <model/decisions.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace fwlearn::cli {

/// In the order of the text. Throws model::UsageError for all that it does not understand, in one line with
/// `file`, line and column.
std::vector<model::Decision> parse_decisions(std::string_view text, const std::string& file);

/// One `[[decision]]` table that parse_decisions() reads as this decision, and as nothing else. Throws
/// model::UsageError where no text can: bytes that are no UTF-8.
std::string decision_to_toml(const model::Decision& decision);

} // namespace fwlearn::cli
