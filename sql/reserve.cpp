#include "reserve.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace fwlearn::sql {
namespace {

std::filesystem::path reserve_of(const std::filesystem::path& database) {
    std::filesystem::path file = std::filesystem::absolute(database);
    file += ".reserve";
    return file;
}

} // namespace

Reserve::Reserve(const std::filesystem::path& database, std::uint64_t size)
    : file_(reserve_of(database)), size_(size) {}

bool Reserve::is_there() const {
    struct stat status {};
    // Blocks, not length: a copy of the directory may have made it sparse.
    constexpr std::uint64_t block = 512; // stat(2)
    return size_ == 0 || (::lstat(file_.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
                          static_cast<std::uint64_t>(status.st_blocks) * block >= size_);
}

bool Reserve::make() {
    if (is_there()) {
        return true;
    }
    struct statvfs system {};
    // What the record itself needs next is not taken from it.
    if (::statvfs(file_.parent_path().c_str(), &system) != 0 ||
        std::uint64_t{system.f_bavail} * system.f_frsize < 2 * size_) {
        return false;
    }
    const int descriptor =
        ::open(file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (descriptor < 0) {
        return false;
    }
    const bool made = ::posix_fallocate(descriptor, 0, static_cast<off_t>(size_)) == 0;
    ::close(descriptor);
    if (!made) {
        ::unlink(file_.c_str());
    }
    return made;
}

bool Reserve::give_up() {
    return size_ != 0 && ::unlink(file_.c_str()) == 0;
}

} // namespace fwlearn::sql
