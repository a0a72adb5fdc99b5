#include "database_file.hpp"

#include "connection.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

namespace fwlearn::sql {
namespace {

/// Nothing when the path does not exist.
std::optional<struct stat> status_of(const std::filesystem::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0) {
        return status;
    }
    if (errno == ENOENT) {
        return std::nullopt;
    }
    throw model::SqlError("cannot reach " + printable(path) + ": " + std::generic_category().message(errno) +
                          ": run as root or as the record's owner, or name another with --db");
}

void create_private_directories(const std::filesystem::path& directory) {
    if (directory.empty() || status_of(directory)) {
        return;
    }
    create_private_directories(directory.parent_path());
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
        throw model::SystemError("cannot create the directory " + printable(directory), errno);
    }
}

bool may(const std::filesystem::path& path, int mode) {
    return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0;
}

void require_ours(const std::filesystem::path& database, uid_t owner) {
    if (owner != ::geteuid() && owner != 0) {
        const std::string uid = std::to_string(owner);
        throw model::SqlError(printable(database) + " belongs to user " + uid +
                              ": write it as that user (sudo -u '#" + uid + "'), or name another with --db");
    }
}

void require_regular(const std::filesystem::path& database, const struct stat& status) {
    if (!S_ISREG(status.st_mode)) {
        throw model::SqlError(printable(database) + " is not a regular file: name another with --db");
    }
}

} // namespace

void create_private_file(const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        throw model::SystemError("cannot create " + printable(file), errno);
    }
    ::close(descriptor);
}

void prepare_for_writing(const std::filesystem::path& database) {
    const std::filesystem::path absolute = std::filesystem::absolute(database);
    create_private_directories(absolute.parent_path());
    if (!may(absolute.parent_path(), W_OK | X_OK)) {
        throw model::SqlError("cannot write in " + printable(absolute.parent_path()) + ": " +
                              std::generic_category().message(errno) +
                              ": run as the record's owner, or name another with --db");
    }
    auto status = status_of(absolute);
    if (!status) {
        try {
            create_private_file(absolute);
        } catch (const model::SystemError& error) {
            if (error.error_number() != EEXIST) { // another writer was quicker: as good as ours
                throw;
            }
        }
        status = status_of(absolute);
    }
    if (status) {
        require_regular(absolute, *status);
        require_ours(absolute, status->st_uid);
    }
    if (!may(absolute, R_OK | W_OK)) {
        throw model::SqlError("cannot write " + printable(absolute) + ": " +
                              std::generic_category().message(errno) +
                              ": run as its owner, or name another with --db");
    }
}

void require_readable(const std::filesystem::path& database) {
    const auto status = status_of(database);
    if (!status) {
        throw model::SqlError("no record at " + printable(database) +
                              ": run `fwlearn observe` first, or name one with --db");
    }
    require_regular(database, *status);
    if (!may(database, R_OK)) {
        throw model::SqlError("cannot read " + printable(database) + ": " +
                              std::generic_category().message(errno) +
                              ": run as its owner, or copy it and name the copy with --db");
    }
}

} // namespace fwlearn::sql
