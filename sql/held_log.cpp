#include "held_log.hpp"

#include "connection.hpp"
#include "log_readers.hpp"

#include <string>

namespace fwlearn::sql {
namespace {

/// How often it is stored while a reader holds the log.
constexpr auto between_stores = std::chrono::minutes(1);
constexpr std::uint64_t times_longest = 4;

} // namespace

bool HeldLog::is_held(Writer& writer, KeeperTime now) {
    std::error_code none;
    const auto length = std::filesystem::file_size(database_.string() + "-wal", none);
    if (none || length <= longest_ || writer.restart_log()) {
        if (said_) {
            say_("the record can be written again every second");
        }
        said_ = false;
        return false;
    }
    if (!said_) {
        said_ = true;
        std::string who;
        for (const auto pid : log_readers(database_)) {
            who += (who.empty() ? " (process " : ", ") + std::to_string(pid);
        }
        say_(
            "somebody" + (who.empty() ? who : who + ")") + " reads from " + printable(database_) +
            " and does not come to an end, and its log grows: it is stored once a minute until that is over");
    }
    return length > times_longest * longest_ || now.steady - stored_at_ < between_stores;
}

} // namespace fwlearn::sql
