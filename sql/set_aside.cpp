#include "set_aside.hpp"

#include "migrate.hpp"

#include <array>
#include <ctime>
#include <fstream>

namespace fwlearn::sql {
namespace {

std::filesystem::path with(std::filesystem::path path, const std::string& suffix) {
    path += suffix;
    return path;
}

/// "20261126T081435Z"
std::string compact(model::Timestamp time) {
    const std::time_t seconds =
        std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts)};
}

bool has_application_id(const std::filesystem::path& database) {
    constexpr std::size_t offset = 68; // https://www.sqlite.org/fileformat.html, 1.3: big-endian
    std::array<char, offset + 4> head{};
    std::ifstream file(database, std::ios::binary);
    if (!file.read(head.data(), head.size())) {
        return false;
    }
    std::int64_t id = 0;
    for (std::size_t index = offset; index < head.size(); ++index) {
        id = id << 8U | static_cast<unsigned char>(head[index]);
    }
    return id == application_id;
}

} // namespace

bool was_a_record(const std::filesystem::path& database) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(with(database, "-wal"), ignored) || has_application_id(database);
}

bool has_lost_its_content(const std::filesystem::path& database) {
    std::error_code no_file, no_log;
    const auto size = std::filesystem::file_size(database, no_file);
    const auto log = std::filesystem::file_size(with(database, "-wal"), no_log);
    return (no_file || size == 0) && !no_log && log > 0;
}

std::filesystem::path set_aside(const std::filesystem::path& database, model::Timestamp now) {
    const auto name = with(database, ".corrupt-" + compact(now));
    auto free = name;
    for (int number = 2; std::filesystem::exists(free) || std::filesystem::exists(with(free, "-wal"));
         ++number) {
        free = with(name, "-" + std::to_string(number));
    }
    // The log first: a new database beside an old log would have SQLite delete that.
    if (const auto log = with(database, "-wal"); std::filesystem::exists(log)) {
        std::filesystem::rename(log, with(free, "-wal"));
    }
    if (std::filesystem::exists(database)) {
        std::filesystem::rename(database, free);
    }
    // The log's index is made from the log.
    std::filesystem::remove(with(database, "-shm"));
    return free;
}

} // namespace fwlearn::sql
