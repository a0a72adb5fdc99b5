// Times and durations as people type them: --since, --until, --duration take what journalctl(1) and
// systemd.time(7) take. Pure but for the time zone, which is the process's (TZ).
#pragma once

#include <model/time.hpp>

namespace fwlearn::cli {

/// "30s", "1h 30min", "2 days", "500ms". Throws model::UsageError for anything else, 0 and what is too long.
std::chrono::milliseconds parse_duration(std::string_view text);

/// "2026-11-23 07:02:08", "2026-11-23", "07:02", RFC 3339, "@1234567890", "now", "today", "yesterday",
/// "tomorrow", "2 days ago", "-2h", "+5min". Throws model::UsageError.
model::Timestamp parse_time(std::string_view text, model::Timestamp now);

} // namespace fwlearn::cli
