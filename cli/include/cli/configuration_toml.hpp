// fwlearn.toml as text: the settings that it gives, each with where it stands. fwlearn.toml(5) has its form.
// Pure; knows no file and no option. Called by configuration_files and by tests.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace fwlearn::cli {

struct Setting {
    std::string table; ///< empty: above all tables
    std::string key;   ///< empty: the table itself, which may be unknown and have no key
    std::variant<bool, std::int64_t, std::string> value;
    std::string key_place; ///< "fwlearn.toml:3:1", printable
    std::string value_place;
};

/// In the order of the text. Throws model::UsageError for all that is no TOML or cannot be a setting, in one
/// line with `file`, line and column.
std::vector<Setting> parse_configuration(std::string_view text, const std::string& file);

} // namespace fwlearn::cli
