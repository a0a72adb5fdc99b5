#include "host_files.hpp"

#include "../small_files.hpp"

#include <fcntl.h>
#include <fnmatch.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string_view>

namespace fwlearn::collector::host::settings {
namespace {

namespace fs = std::filesystem;

/// A file that is found but not opened (O_PATH: nothing that a FIFO or a device would notice), and a path to
/// it that no renaming changes.
class Place {
  public:
    Place(int root, const std::string& path, std::uint64_t flags = 0) {
        if (root < 0 || path.empty() || path.find('\0') != std::string::npos) {
            return;
        }
        open_how how{};
        how.flags = O_PATH | O_CLOEXEC | flags;
        how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS; // absolute links too start at the root
        // EAGAIN: something was renamed meanwhile, and the kernel could not tell whether it led out.
        for (int attempt = 0; attempt < 3; ++attempt) {
            file_ = static_cast<int>(syscall(SYS_openat2, root, path.c_str(), &how, sizeof how));
            if (file_ >= 0 || errno != EAGAIN) {
                return;
            }
        }
    }
    ~Place() {
        if (file_ >= 0) {
            close(file_);
        }
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    [[nodiscard]] bool found() const { return file_ >= 0; }
    [[nodiscard]] int get() const { return file_; }
    [[nodiscard]] fs::path path() const { return "/proc/self/fd/" + std::to_string(file_); }

  private:
    int file_ = -1;
};

bool is_leftover(std::string_view name) {
    return name.ends_with('~') || (name.starts_with('#') && name.ends_with('#')) ||
           name.find(".dpkg-") != std::string_view::npos || name.find(".ucf-") != std::string_view::npos;
}

} // namespace

HostFiles::HostFiles(const fs::path& root, std::size_t most_bytes)
    : root_(open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)), // NOLINT: C's open
      most_bytes_(most_bytes) {}

HostFiles::~HostFiles() {
    if (root_ >= 0) {
        close(root_);
    }
}

std::optional<std::string> HostFiles::read(const std::string& path) {
    const Place place(root_, path);
    if (!place.found() || bytes_ >= most_bytes_) {
        return std::nullopt;
    }
    auto text = small_file(place.path());
    bytes_ += text ? text->size() : 0;
    return text;
}

bool HostFiles::exists(const std::string& path) const {
    return Place(root_, path).found();
}

std::optional<FileFacts> HostFiles::facts(const std::string& path) const {
    const Place place(root_, path);
    struct stat found {};
    if (!place.found() || fstatat(place.get(), "", &found, AT_EMPTY_PATH) != 0) {
        return std::nullopt;
    }
    using std::chrono::milliseconds;
    const auto changed = std::chrono::seconds(found.st_mtim.tv_sec) +
                         std::chrono::floor<milliseconds>(std::chrono::nanoseconds(found.st_mtim.tv_nsec));
    return FileFacts{S_ISREG(found.st_mode), found.st_mode & 07777U, found.st_uid,
                     static_cast<std::uint64_t>(found.st_size), std::chrono::sys_time<milliseconds>(changed)};
}

std::optional<std::string> HostFiles::link(const std::string& path) const {
    const Place place(root_, path, O_NOFOLLOW);
    std::string target(PATH_MAX, '\0');
    // readlinkat(2): with an empty path the link that the descriptor itself is (Linux 2.6.39).
    const auto length =
        place.found() ? readlinkat(place.get(), "", target.data(), target.size()) : ssize_t{-1};
    if (length < 0) {
        return std::nullopt;
    }
    target.resize(static_cast<std::size_t>(length));
    return target;
}

std::vector<std::string> HostFiles::names(const std::string& folder) const {
    const Place place(root_, folder);
    return place.found() ? names_in(place.path()) : std::vector<std::string>();
}

std::vector<std::string> HostFiles::matching(const std::string& pattern) const {
    const auto slash = pattern.rfind('/');
    if (slash == std::string::npos || pattern.find('\0') != std::string::npos) {
        return {};
    }
    const auto folder = pattern.substr(0, slash + 1);
    const auto last = pattern.substr(slash + 1);
    if (last.find_first_of("*?[") == std::string::npos) {
        return {pattern};
    }
    std::vector<std::string> paths;
    for (const auto& name : names(folder)) {
        if (!is_leftover(name) && fnmatch(last.c_str(), name.c_str(), FNM_PERIOD) == 0) {
            paths.push_back(folder + name);
        }
    }
    return paths;
}

} // namespace fwlearn::collector::host::settings
