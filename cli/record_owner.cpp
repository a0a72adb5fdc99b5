#include "record_owner.hpp"

#include <model/errors.hpp>
#include <model/foreign_text.hpp>

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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

RecordOwner::RecordOwner(const std::filesystem::path& record) {
    struct stat status {};
    std::filesystem::path looked_at = std::filesystem::absolute(record);
    // Of a link whose it is that made it. Folders above that are missing as well are made, too.
    while (geteuid() == 0 && lstat(looked_at.c_str(), &status) != 0 && errno == ENOENT &&
           looked_at.has_relative_path()) {
        looked_at = looked_at.parent_path();
    }
    if (geteuid() == 0 && status.st_uid != 0) {
        ids_ = Ids{status.st_uid, status.st_gid};
    }
}

RecordOwner::Acting::Acting(const RecordOwner& owner) : acts_(owner.ids_.has_value()) {
    if (!acts_) {
        return;
    }
    const int count = getgroups(0, nullptr);
    groups_.resize(static_cast<std::size_t>(std::max(count, 0)));
    group_ = getegid();
    if (count < 0 || getgroups(count, groups_.data()) != count || setgroups(0, nullptr) != 0 ||
        setegid(owner.ids_->group) != 0 || seteuid(owner.ids_->user) != 0) {
        throw model::SystemError("cannot act as the record's owner", errno);
    }
}

RecordOwner::Acting::~Acting() {
    // What root may always do; and where it could not, all that follows would fail, which is told there.
    if (acts_ && seteuid(0) == 0 && setegid(group_) == 0) {
        [[maybe_unused]] const int restored = setgroups(groups_.size(), groups_.data());
    }
}

void refuse_record_of_unit(const std::filesystem::path& record) {
    constexpr const char* user = "fwlearn"; // packaging/fwlearn.sysusers
    struct stat status {};
    const auto* const account = getpwnam(user); // one thread
    if (account == nullptr || account->pw_uid == geteuid()) {
        return;
    }
    // One that is not there yet would be root's, in the unit's folder, and the unit could not write to it.
    const bool found = stat(record.c_str(), &status) == 0 ||
                       stat(std::filesystem::absolute(record).parent_path().c_str(), &status) == 0;
    if (!found || status.st_uid != account->pw_uid) {
        return;
    }
    throw model::UsageError(fmt::format(
        "{} belongs to the user {}, as whom fwlearn-observe.service observes into it: systemctl start "
        "fwlearn-observe, or name another with --db",
        model::for_terminal(model::ForeignText(record.string())), user));
}

} // namespace fwlearn::cli
