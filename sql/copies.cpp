#include "copies.hpp"

#include "migrate.hpp"
#include "sql/purge.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <string>

namespace fwlearn::sql {
namespace {

constexpr const char* unfinished = ".new";

bool was_written_before(const std::filesystem::path& file, model::Timestamp time) {
    struct stat status {};
    if (::lstat(file.c_str(), &status) != 0) {
        return false;
    }
    // In the record's unit: the greatest time, in nanoseconds, is beyond what these can count.
    const auto written = std::chrono::floor<std::chrono::milliseconds>(
        std::chrono::seconds(status.st_mtim.tv_sec) + std::chrono::nanoseconds(status.st_mtim.tv_nsec));
    return written < time.time_since_epoch();
}

/// Of every schema before this one, whether they are there or not.
std::vector<std::filesystem::path> possible_copies(const std::filesystem::path& database) {
    std::vector<std::filesystem::path> files;
    for (std::int64_t schema = 1; schema < static_cast<std::int64_t>(migrations().size()); ++schema) {
        files.push_back(copy_of_schema(database, schema));
        files.push_back(copy_of_schema(database, schema) += unfinished);
    }
    return files;
}

} // namespace

std::filesystem::path copy_of_schema(const std::filesystem::path& database, std::int64_t schema) {
    std::filesystem::path copy = database;
    copy += ".v" + std::to_string(schema) + ".bak";
    return copy;
}

void remove_copies(const std::filesystem::path& database, model::Timestamp before) {
    for (const auto& file : possible_copies(database)) {
        if (was_written_before(file, before)) {
            std::error_code stays;
            std::filesystem::remove(file, stays);
        }
    }
}

std::vector<std::filesystem::path> copies_beside(const std::filesystem::path& database) {
    std::vector<std::filesystem::path> found;
    std::error_code none;
    for (auto& file : possible_copies(database)) {
        if (std::filesystem::exists(std::filesystem::symlink_status(file, none))) {
            found.push_back(std::move(file));
        }
    }
    const std::string set_aside = database.filename().string() + ".corrupt-";
    std::filesystem::directory_iterator entry(std::filesystem::absolute(database).parent_path(), none);
    for (const std::filesystem::directory_iterator end; !none && entry != end; entry.increment(none)) {
        if (entry->path().filename().string().starts_with(set_aside)) {
            found.push_back(database.parent_path() / entry->path().filename());
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

} // namespace fwlearn::sql
