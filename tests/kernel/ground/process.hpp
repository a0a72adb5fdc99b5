// A child process: a program with its arguments, in a network namespace, as a user, with what it printed.
// Knows nothing of fwlearn. Used by the grounds and by the kernel tests.
#pragma once

#include "fd.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fwlearn::kernel_test {

struct Setting {
    std::string netns{};                ///< name below /var/run/netns{}; empty: ours
    std::optional<std::uint32_t> uid{}; ///< without any privilege, unless it is 0
    std::string input{};                ///< what it reads from standard input
    std::vector<std::pair<std::string, std::string>> environment{}; ///< in addition to ours
};

class Process {
  public:
    /// Throws std::system_error when it cannot be started.
    explicit Process(const std::vector<std::string>& arguments, const Setting& setting = {});
    /// Kills it when it still runs.
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    [[nodiscard]] int pid() const { return pid_; }
    /// Readable when the process has ended (pidfd_open(2)).
    [[nodiscard]] int ended_fd() const { return pidfd_.get(); }
    void signal(int number) const;
    /// Exit status, or 128 + the signal that ended it. Throws when it takes longer.
    int wait(std::chrono::seconds limit = std::chrono::seconds(120));
    /// What it printed so far.
    [[nodiscard]] std::string out() const { return content(out_); }
    [[nodiscard]] std::string err() const { return content(err_); }

  private:
    static std::string content(const Fd& file);

    int pid_ = -1;
    std::optional<int> status_;
    Fd pidfd_, out_, err_;
};

struct Result {
    int status = 0;
    std::string out;
    std::string err;
};

/// Runs it to its end.
Result run(const std::vector<std::string>& arguments, const Setting& setting = {});
/// The same, and throws std::runtime_error with all it said unless it exits with 0. Returns what it printed.
std::string must_run(const std::vector<std::string>& arguments, const Setting& setting = {});

} // namespace fwlearn::kernel_test
