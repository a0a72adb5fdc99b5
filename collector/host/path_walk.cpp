#include "path_walk.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

namespace fwlearn::collector::host {
namespace {

/// What openat(2) gave, for as long as it is needed.
class Handle {
  public:
    explicit Handle(int fd) : fd_(fd) {}
    ~Handle() {
        if (fd_ >= 0) {
            close(fd_);
        }
    }
    Handle(Handle&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Handle& operator=(Handle&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    [[nodiscard]] int get() const { return fd_; }

  private:
    int fd_;
};

struct Facts {
    std::uint64_t device = 0;
    std::uint32_t mode = 0;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
};

/// From what the kernel has of it: a server that does not answer is not waited for.
std::optional<Facts> facts_of(int fd) {
    struct statx found {};
    if (statx(fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC,
              STATX_TYPE | STATX_MODE | STATX_UID | STATX_GID, &found) != 0) {
        return std::nullopt;
    }
    return Facts{makedev(found.stx_dev_major, found.stx_dev_minor), found.stx_mode, found.stx_uid,
                 found.stx_gid};
}

/// acl(5): the bits of the group are then the most that anybody in the list may have.
bool has_access_list(int fd) {
    const auto path = "/proc/self/fd/" + std::to_string(fd);
    return getxattr(path.c_str(), "system.posix_acl_access", nullptr, 0) > 0;
}

bool is_foreign(std::string_view type) {
    // /proc/self would be this very process.
    constexpr std::array<std::string_view, 10> others{"9p",  "afs",  "autofs", "ceph", "cifs",
                                                      "nfs", "nfs4", "proc",   "smb3", "smbfs"};
    for (const auto name : others) {
        if (type == name) {
            return true;
        }
    }
    return type == "fuse" || type.starts_with("fuse.");
}

/// proc_pid_mountinfo(5): id parent major:minor root point options [optional...] - type source options
std::set<std::uint64_t> foreign_devices() {
    std::set<std::uint64_t> devices;
    std::ifstream mounts("/proc/self/mountinfo");
    for (std::string line; std::getline(mounts, line);) {
        const auto separator = line.find(" - ");
        if (separator == std::string::npos) {
            continue;
        }
        std::istringstream before(line);
        std::istringstream after(line.substr(separator + 3));
        std::string skipped;
        std::string type;
        unsigned major = 0;
        unsigned minor = 0;
        char colon = ':';
        if (before >> skipped >> skipped >> major >> colon >> minor && after >> type && is_foreign(type)) {
            devices.insert(makedev(major, minor));
        }
    }
    return devices;
}

} // namespace

/// One walk. The folders from the root to where it stands are open, so that `..` is what it was.
class PathWalk::Steps {
  public:
    Steps(const PathWalk& walk, const std::string& path) : walk_(walk) { ahead(path); }

    Place go() {
        Place place;
        place.found = enter_root();
        while (place.found && !ahead_.empty()) {
            const auto name = std::move(ahead_.back());
            ahead_.pop_back();
            place.found = step(name);
            if (!place.found) {
                ahead_.push_back(name);
            }
        }
        place.path = where();
        if (place.found) {
            place.owner = last_.uid;
            if (last_.uid == 0 && !owners_.empty()) {
                place.owner = *owners_.begin();
            }
        }
        owners_.erase(place.owner.value_or(0));
        place.writable_by_others =
            anybody_ || (place.found && !owners_.empty()) || others_by_group(place.owner.value_or(0));
        return place;
    }

  private:
    struct Folder {
        Handle handle;
        std::string name;
        Facts facts;
    };

    void ahead(std::string_view path) {
        std::vector<std::string> parts;
        while (!path.empty()) {
            const auto end = path.find('/');
            const auto part = path.substr(0, end);
            path = end == std::string_view::npos ? std::string_view() : path.substr(end + 1);
            if (!part.empty() && part != ".") {
                parts.emplace_back(part);
            }
        }
        ahead_.insert(ahead_.end(), parts.rbegin(), parts.rend());
    }

    bool enter_root() {
        Handle root(fcntl(walk_.root_, F_DUPFD_CLOEXEC, 0));
        const auto facts = facts_of(root.get());
        if (!facts) {
            return false;
        }
        last_ = *facts;
        folders_.push_back({std::move(root), "", *facts});
        return true;
    }

    bool step(const std::string& name) {
        constexpr int most_steps = 1024;
        if (++steps_ > most_steps) {
            return false; // the kernel itself gives up after 40 links
        }
        if (!S_ISDIR(last_.mode)) {
            return false;
        }
        if (name == "..") {
            if (folders_.size() > 1) {
                folders_.pop_back();
            }
            last_ = folders_.back().facts;
            return true;
        }
        pass(folders_.back());
        Handle next(openat(folders_.back().handle.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
        const auto facts = next.get() < 0 ? std::nullopt : facts_of(next.get());
        const auto own = folders_.front().facts.device;
        if (!facts || (facts->device != own && walk_.foreign_.contains(facts->device))) {
            return false;
        }
        if (S_ISLNK(facts->mode)) {
            return follow_link(next.get());
        }
        last_ = *facts;
        if (ahead_.empty() || !S_ISDIR(facts->mode)) {
            last_name_ = name;
            pass({std::move(next), name, *facts});
        } else {
            folders_.push_back({std::move(next), name, *facts});
        }
        return true;
    }

    bool follow_link(int link) {
        std::array<char, PATH_MAX> target{};
        const auto length = readlinkat(link, "", target.data(), target.size());
        if (length <= 0 || static_cast<std::size_t>(length) == target.size()) {
            return false;
        }
        const std::string_view path(target.data(), static_cast<std::size_t>(length));
        if (path.front() == '/') {
            folders_.erase(folders_.begin() + 1, folders_.end());
        }
        last_ = folders_.back().facts;
        ahead(path);
        return true;
    }

    /// Whoever may write here could have led the walk elsewhere.
    void pass(const Folder& here) {
        if (here.facts.uid != 0) {
            owners_.insert(here.facts.uid);
        }
        anybody_ = anybody_ || (here.facts.mode & S_IWOTH) != 0;
        if ((here.facts.mode & S_IWGRP) != 0) {
            groups_.insert(here.facts.gid);
            anybody_ = anybody_ || has_access_list(here.handle.get());
        }
    }

    [[nodiscard]] bool others_by_group(std::uint32_t owner) const {
        for (const auto gid : groups_) {
            if (walk_.accounts_.others_in(gid, owner)) {
                return true;
            }
        }
        return false;
    }

    [[nodiscard]] std::string where() const {
        std::string path;
        for (std::size_t i = 1; i < folders_.size(); ++i) {
            path += "/" + folders_[i].name;
        }
        path += last_name_.empty() ? "" : "/" + last_name_;
        std::for_each(ahead_.rbegin(), ahead_.rend(),
                      [&path](const std::string& part) { path += "/" + part; });
        return path.empty() ? "/" : path;
    }

    const PathWalk& walk_;
    std::vector<Folder> folders_;
    std::vector<std::string> ahead_; ///< what is to be gone, the next one last
    Facts last_;                     ///< of where it stands
    std::string last_name_;          ///< of the end, where that is no folder above anything
    std::set<std::uint32_t> owners_; ///< but root
    std::set<std::uint32_t> groups_; ///< that may write
    bool anybody_ = false;
    int steps_ = 0;
};

PathWalk::PathWalk(const std::filesystem::path& root, const Accounts& accounts)
    : root_(open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)), // NOLINT: C's open
      accounts_(accounts), foreign_(foreign_devices()) {}

PathWalk::~PathWalk() {
    if (root_ >= 0) {
        close(root_);
    }
}

Place PathWalk::follow(const std::string& path) const {
    if (root_ < 0 || !path.starts_with('/') || path.find('\0') != std::string::npos) {
        return {path, false, std::nullopt, false};
    }
    return Steps(*this, path).go();
}

} // namespace fwlearn::collector::host
