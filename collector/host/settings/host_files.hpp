// Files of settings as the host itself would see them: below a root, which no link leads out of. Bounded,
// never blocks, never throws. Knows no format. Used by the readers of settings, of units and
// of crontabs.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace fwlearn::collector::host::settings {

/// What the kernel says of a file.
struct FileFacts {
    bool regular = false;
    std::uint32_t mode = 0; ///< the permission bits
    std::uint32_t uid = 0;
    std::uint64_t size = 0;
    std::chrono::sys_time<std::chrono::milliseconds> changed; ///< its contents
};

class HostFiles {
  public:
    /// `most_bytes`: of all files that are read, together.
    explicit HostFiles(const std::filesystem::path& root, std::size_t most_bytes = std::size_t{64} << 20U);
    ~HostFiles();
    HostFiles(const HostFiles&) = delete;
    HostFiles& operator=(const HostFiles&) = delete;

    /// The text of a regular file by the path that the host has for it: /etc/hosts. Nothing where
    /// small_file() has nothing, and nothing any more once those that were read are `most_bytes` together.
    std::optional<std::string> read(const std::string& path);
    [[nodiscard]] bool exists(const std::string& path) const;
    /// Of what a path leads to, links followed.
    [[nodiscard]] std::optional<FileFacts> facts(const std::string& path) const;
    /// Where a link leads, in its own words; nothing where it is none.
    [[nodiscard]] std::optional<std::string> link(const std::string& path) const;
    /// Names in a folder, in order.
    [[nodiscard]] std::vector<std::string> names(const std::string& folder) const;
    /// Paths that a pattern stands for, in order, as glob(7) has it in the last part of the path; elsewhere
    /// a wildcard stands for itself. What editors and dpkg leave behind is passed over.
    [[nodiscard]] std::vector<std::string> matching(const std::string& pattern) const;

  private:
    int root_ = -1;
    std::size_t most_bytes_;
    std::size_t bytes_ = 0;
};

} // namespace fwlearn::collector::host::settings
