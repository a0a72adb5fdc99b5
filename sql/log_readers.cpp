#include "log_readers.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <sstream>

namespace fwlearn::sql {
namespace {

// https://www.sqlite.org/walformat.html, 2.3.2: WAL_READ_LOCK(0) to WAL_READ_LOCK(4) of the log's index.
constexpr std::uint64_t first_read_lock = 123;
constexpr std::uint64_t last_read_lock = 127;

} // namespace

std::vector<std::uint32_t> log_readers(const std::filesystem::path& database) {
    struct stat index {};
    if (::stat((database.string() + "-shm").c_str(), &index) != 0) {
        return {};
    }
    std::set<std::uint32_t> pids;
    std::ifstream locks("/proc/locks");
    for (std::string line; std::getline(locks, line);) {
        // "1: POSIX  ADVISORY  READ 1234 fe:00:12345 123 123", proc_locks(5)
        std::istringstream words(line);
        std::string number, kind, mode, access, file;
        std::int64_t pid = 0;
        std::uint64_t start = 0;
        if (!(words >> number >> kind >> mode >> access >> pid >> file >> start) || pid <= 0 ||
            pid == ::getpid()) {
            continue;
        }
        const auto colon = file.rfind(':');
        if (colon != std::string::npos && file.substr(colon + 1) == std::to_string(index.st_ino) &&
            start >= first_read_lock && start <= last_read_lock) {
            pids.insert(static_cast<std::uint32_t>(pid));
        }
    }
    return {pids.begin(), pids.end()};
}

} // namespace fwlearn::sql
