// One file of records from elsewhere, compressed or not, to what the database stores.
// Knows nothing of the database. Called by `fwlearn import`, once a file.
#pragma once

#include "import/imported.hpp"
#include "import/locals.hpp"

#include <filesystem>
#include <optional>
#include <string_view>

namespace fwlearn::import {

enum class Format : std::uint8_t { zeek, jsonl };

/// "zeek" or "jsonl", as `--format` takes them.
std::optional<Format> parse_format(std::string_view word);

/// Throws model::SystemError for a file that cannot be read, model::UsageError for one that holds no record,
/// or (Zeek) that does not tell which end is local while `locals` is empty. `locals` is not used for jsonl.
Imported import_file(const std::filesystem::path& path, Format format, const Locals& locals);

} // namespace fwlearn::import
