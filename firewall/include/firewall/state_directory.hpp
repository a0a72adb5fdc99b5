// The folder in which it is written down what was applied, so that it can be taken back by another process,
// after a crash too: one small file for each state, put in place as a whole or not at all.
// Knows nothing of what is in the files. Used by this room and by cli.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

namespace fwlearn::firewall {

/// Held by one process at a time, until it ends or the object goes.
class StateLock {
  public:
    explicit StateLock(int descriptor) : descriptor_(descriptor) {}
    ~StateLock();
    StateLock(StateLock&& other) noexcept;
    StateLock& operator=(StateLock&&) = delete;
    StateLock(const StateLock&) = delete;
    StateLock& operator=(const StateLock&) = delete;

  private:
    int descriptor_;
};

class StateDirectory {
  public:
    /// Not the record's: that one belongs to the user who observes, and what is loaded as root comes from
    /// here.
    static constexpr const char* usual = "/var/lib/fwlearn-firewall";

    /// Made, for its owner alone, where it is not there. Throws SystemError, also where others may write:
    /// what is loaded as root comes from here.
    explicit StateDirectory(const std::filesystem::path& path);

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    /// Nothing where another process holds it for so long.
    [[nodiscard]] std::optional<StateLock> try_lock(std::chrono::milliseconds patience) const;
    /// The same for what must not fail for want of it: where it cannot even be opened, nobody holds it, and
    /// what comes back holds nothing.
    [[nodiscard]] std::optional<StateLock> lock_if_possible(std::chrono::milliseconds patience) const;
    static constexpr const char* held_by_another =
        "another fwlearn is applying, confirming or rolling back at this moment: try again";
    /// Throws SystemError where another process is applying, confirming or taking back.
    [[nodiscard]] StateLock lock() const;

    /// Nothing where there is no such file. All throw SystemError.
    [[nodiscard]] std::optional<std::string> read(const std::string& name) const;
    /// In the place of what was there, on the disk when it returns: rename(2), fsync(2).
    void write(const std::string& name, const std::string& content) const;
    void rename(const std::string& from, const std::string& to) const;
    /// No error where it is not there.
    void remove(const std::string& name) const;

  private:
    void sync() const;

    std::filesystem::path path_;
};

} // namespace fwlearn::firewall
