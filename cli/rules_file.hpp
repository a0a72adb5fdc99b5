// A whitelist that was printed as JSON, as a file. Private to this room; used by diff and by audit.
#pragma once

#include <model/whitelist.hpp>

#include <filesystem>
#include <iosfwd>

namespace fwlearn::cli {

/// The rest of what was begun to be read: what was named may be a pipe. Throws model::UsageError, with the
/// path, for what is no whitelist.
std::vector<model::Rule> read_rules(std::istream& in, std::string beginning, const std::string& path);

/// Throws model::SystemError where it cannot be read.
std::vector<model::Rule> read_rules_file(const std::filesystem::path& path);

} // namespace fwlearn::cli
