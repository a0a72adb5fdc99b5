// A process as it was when it sent: what it ran, whose it was, where in the cgroup tree, and which processes
// it descends from. Plain data, with the pid; model::Process is what is left of it when identities are
// stored. Made by the attributor, read by the task rules.
#pragma once

#include <model/foreign_text.hpp>

#include <cstdint>
#include <vector>

namespace fwlearn::collector::process {

/// (uid_t)-1: no login, or no audit in the kernel (/proc/PID/loginuid, sessionid).
inline constexpr std::uint32_t no_login = 0xffffffffU;

/// One process with the program that it ran last.
struct Program {
    std::uint32_t pid = 0;
    std::uint64_t started = 0; ///< nanoseconds since boot, suspended time included; tells reused pids apart
    std::uint32_t uid = 0;     ///< effective, in the initial user namespace
    model::ForeignText exe;    ///< as the kernel's path of the executable; `memfd:NAME` for one in memory
    model::ForeignText comm;   ///< its own short name; it may have chosen it
    std::vector<model::ForeignText> arguments; ///< as given to execve(2), or nothing where they were not seen
    bool arguments_cut = false;                ///< there were more than are here
    bool deleted = false;                      ///< the executable's name was gone from its folder already
    bool in_memory = false;                    ///< memfd_create(2)
    std::uint64_t device = 0;                  ///< of the executable, as stat(2) has it
    std::uint64_t inode = 0;

    bool operator==(const Program&) const = default;
};

struct Lineage {
    Program process;
    std::vector<Program> ancestors; ///< its parent first; ends below pid 1, or where it is not known
    std::uint32_t gid = 0;
    std::uint64_t cgroup_id = 0;
    model::ForeignText cgroup;          ///< path from the root of the cgroup2 hierarchy, `/` first
    std::uint32_t login_uid = no_login; ///< of audit: who logged in
    std::uint32_t session = no_login;   ///< of audit: which login
    bool contained = false;             ///< as model::Process has it

    bool operator==(const Lineage&) const = default;
};

} // namespace fwlearn::collector::process
