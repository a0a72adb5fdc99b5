#include "collector_lock.hpp"

#include "connection.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <thread>

namespace fwlearn::sql {
namespace {

std::filesystem::path lock_file(const std::filesystem::path& database) {
    std::filesystem::path file = database;
    file += ".lock";
    return file;
}

std::uint32_t pid_in(int descriptor) {
    std::array<char, 16> text{};
    const ssize_t length = ::pread(descriptor, text.data(), text.size(), 0);
    std::uint32_t pid = 0;
    if (length > 0) {
        std::from_chars(text.data(), text.data() + length, pid);
    }
    return pid;
}

/// A reader that asks who holds the lock holds it itself for an instant: that must not stop a collector.
bool lock_patiently(int descriptor) {
    constexpr int attempts = 20;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
            return true;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

void write_pid(int descriptor) {
    const std::string text = std::to_string(::getpid()) + "\n";
    if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, text.data(), text.size(), 0) < 0) {
        return; // a full disk does not weaken the lock; only the pid is not told
    }
}

} // namespace

CollectorLock::CollectorLock(const std::filesystem::path& database)
    : descriptor_(::open(lock_file(database).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) {
    if (descriptor_ < 0) {
        throw model::SystemError("cannot open " + printable(lock_file(database)), errno);
    }
    if (!lock_patiently(descriptor_)) {
        const std::uint32_t pid = pid_in(descriptor_);
        ::close(descriptor_);
        throw model::SqlError("another collector" + (pid == 0 ? "" : " (pid " + std::to_string(pid) + ")") +
                              " is writing to " + printable(database) +
                              ": stop it first, or name another record with --db");
    }
    write_pid(descriptor_);
}

CollectorLock::~CollectorLock() {
    // The file stays: removing it would let two collectors lock two files of the same name.
    [[maybe_unused]] const int truncated = ::ftruncate(descriptor_, 0);
    ::close(descriptor_);
}

std::optional<std::uint32_t> CollectorLock::holder(const std::filesystem::path& database) {
    const int descriptor =
        ::open(lock_file(database).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0) {
        return std::nullopt;
    }
    struct stat found {};
    if (::fstat(descriptor, &found) != 0 || !S_ISREG(found.st_mode)) { // nobody's lock
        ::close(descriptor);
        return std::nullopt;
    }
    std::optional<std::uint32_t> pid;
    if (::flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        pid = pid_in(descriptor);
    }
    ::close(descriptor);
    return pid;
}

} // namespace fwlearn::sql
