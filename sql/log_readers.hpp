// Who reads from a record at this moment, so that its log cannot begin anew.
// Asks /proc/locks, and never the file: closing any descriptor of it would drop the locks that SQLite holds
// on it in this process (sqlite.org/howtocorrupt.html, 2.2). Called by HeldLog.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace fwlearn::sql {

/// Other processes' pids, ascending; none where the kernel does not tell.
std::vector<std::uint32_t> log_readers(const std::filesystem::path& database);

} // namespace fwlearn::sql
