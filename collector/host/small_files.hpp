// Reads files and folders of settings without trusting them: bounded, never throws, never blocks. Used by the
// schedules.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace fwlearn::collector::host {

/// Of a folder's names, or of a host's jobs: what is beyond counts as not there.
inline constexpr std::size_t most_entries = 10'000;
/// Of the files that one user wrote: so much of them is read, so that nobody's take the room of the system's.
inline constexpr std::size_t most_bytes_of_user = std::size_t{4} << 20U;

/// Of a regular file up to 1 MiB; nothing where it is another kind, larger, or cannot be read.
std::optional<std::string> small_file(const std::filesystem::path& path);

/// Names in a folder, in order; none where it cannot be read.
std::vector<std::string> names_in(const std::filesystem::path& folder);

} // namespace fwlearn::collector::host
