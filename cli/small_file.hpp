// What files that people write for fwlearn have in common: they are small, and a line that is said of one
// names it. Knows nothing of what is in them. Private to this room; used by decisions, configuration and what
// is put in place.
#pragma once

#include <filesystem>
#include <string>

namespace fwlearn::cli {

/// Octets; "1 MiB" in messages.
inline constexpr std::size_t largest_small_file = std::size_t{1} << 20U;

/// A path in a message.
std::string shown(const std::filesystem::path& path);

/// All of an open file. `purpose` begins the SystemError's line, "cannot read"; `kind` ends that of the
/// UsageError for what is larger than 1 MiB, "configuration".
std::string read_small_file(int descriptor, const std::filesystem::path& path, const std::string& purpose,
                            const std::string& kind);

} // namespace fwlearn::cli
