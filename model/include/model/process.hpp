// Who sent: the process (an identity, not a pid), the task that caused it, and the owner of its socket.
// Plain data. Filled by the collector, stored by sql, grouped by the analyzer.
#pragma once

#include "model/foreign_text.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <vector>

namespace fwlearn::model {

/// A process as an identity: two runs of the same program by the same user in the same unit, started by the
/// same programs, are one, and what may differ between them is a sample, of the first that was seen.
/// Everything absent means that it is not known.
struct Process {
    ForeignText exe;                    ///< executable's path, as /proc/PID/exe has it
    ForeignText comm;                   ///< sample: the kernel's short name, at most 15 bytes
    ForeignText cmdline;                ///< sample: arguments joined by blanks, secrets redacted
    ForeignText cgroup;                 ///< sample: path in the cgroup2 hierarchy
    ForeignText unit;                   ///< systemd unit; a number that counts sessions or runs is `*` in it
    std::optional<std::uint32_t> uid;   ///< the process's own, which may differ from the socket owner's
    ForeignText script;                 ///< what an interpreter was told to run, by path
    std::vector<ForeignText> ancestors; ///< the executables that it descends from, its parent's first
    bool deleted = false;               ///< the executable's file was gone
    bool in_memory = false;             ///< the executable never had a file (memfd_create(2))
    bool contained = false; ///< with other pids than the collector's, or with another root: in a container

    [[nodiscard]] bool known() const { return *this != Process{}; }
    /// Without the samples. The short name counts where nothing better tells what it is.
    [[nodiscard]] Process identity() const {
        Process result = *this;
        result.cmdline = result.cgroup = ForeignText();
        if (!exe.empty()) {
            result.comm = ForeignText();
        }
        return result;
    }
    auto operator<=>(const Process&) const = default;
};

enum class TaskKind : std::uint8_t { unknown, service, timer, cron, session, container, kernel };

/// What caused the process to run.
struct Task {
    TaskKind kind = TaskKind::unknown;
    ForeignText name;

    auto operator<=>(const Task&) const = default;
};

/// How sure the collector is of process and task. A guess is never stored as exact.
enum class Attribution : std::uint8_t { unknown, inferred, exact };

/// Whose socket the packet left through, which is what `meta skuid` matches in the kernel.
enum class OwnerKind : std::uint8_t {
    unknown, ///< not recorded: the log message was lost, or the record has no users (an imported one)
    kernel,  ///< no user's socket: the kernel sent it of its own accord
    user,    ///< the socket that user `uid` created
};

/// The group is not known: (gid_t)-1, which chown(2) keeps free for "none".
inline constexpr std::uint32_t no_gid = 0xffffffffU;

struct SocketOwner {
    OwnerKind kind = OwnerKind::unknown;
    std::uint32_t uid = 0; ///< only with OwnerKind::user, else 0
    std::uint32_t gid = 0; ///< only with OwnerKind::user, else 0; no_gid where it is not known

    static SocketOwner user(std::uint32_t uid, std::uint32_t gid) { return {OwnerKind::user, uid, gid}; }
    static SocketOwner kernel() { return {OwnerKind::kernel, 0, 0}; }

    auto operator<=>(const SocketOwner&) const = default;
};

} // namespace fwlearn::model
