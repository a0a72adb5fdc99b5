#include "record_owner.hpp"

#include <model/errors.hpp>
#include <model/foreign_text.hpp>

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace fwlearn::cli {

void become_owner_of(const std::filesystem::path& record) {
    struct stat status {};
    if (geteuid() != 0 || lstat(record.c_str(), &status) != 0 || status.st_uid == 0) {
        return;
    }
    if (setgroups(0, nullptr) != 0 || setresgid(status.st_gid, status.st_gid, status.st_gid) != 0 ||
        setresuid(status.st_uid, status.st_uid, status.st_uid) != 0) {
        throw model::SystemError("cannot become the record's owner", errno);
    }
}

void refuse_record_of_unit(const std::filesystem::path& record) {
    constexpr const char* user = "fwlearn"; // packaging/fwlearn.sysusers
    struct stat status {};
    const auto* const account = getpwnam(user); // one thread
    if (account == nullptr || account->pw_uid == geteuid() || stat(record.c_str(), &status) != 0 ||
        status.st_uid != account->pw_uid) {
        return;
    }
    throw model::UsageError(fmt::format(
        "{} belongs to the user {}, as whom fwlearn-observe.service observes into it: systemctl start "
        "fwlearn-observe, or name another with --db",
        model::for_terminal(model::ForeignText(record.string())), user));
}

} // namespace fwlearn::cli
