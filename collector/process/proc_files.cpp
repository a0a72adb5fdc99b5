#include "proc_files.hpp"

#include "decode.hpp"
#include "proc_text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <climits>

namespace fwlearn::collector::process {
namespace {

constexpr std::uint64_t second = 1'000'000'000;
constexpr std::size_t max_ancestors = 16;

std::string path_in(std::uint32_t pid, const char* name) {
    return "/proc/" + std::to_string(pid) + "/" + name;
}

/// At most so much: what is longer, a process has made so. Empty when it has gone in the meantime, which a
/// stream would report by an exception of its own (ESRCH from read(2)).
std::string beginning(const std::string& path, std::size_t most) {
    std::string bytes(most, '\0');
    std::size_t length = 0;
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    for (ssize_t part = 1; fd >= 0 && part > 0 && length < most; length += static_cast<std::size_t>(part)) {
        part = std::max<ssize_t>(read(fd, bytes.data() + length, most - length), 0);
    }
    if (fd >= 0) {
        close(fd);
    }
    bytes.resize(length);
    return bytes;
}

std::string content(const std::string& path) {
    constexpr std::size_t most = 16384; // the longest here is a cgroup's path
    return beginning(path, most);
}

std::string link(const std::string& path) {
    std::array<char, PATH_MAX> target{};
    const auto length = readlink(path.c_str(), target.data(), target.size());
    return {target.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
}

/// What the kernel knows of the file already: a file system of another machine's, or of a user's process
/// (FUSE), is not asked, which may never answer. Nothing where that cannot be had.
std::optional<struct statx> known_of(const std::string& path) {
    struct statx file {};
    if (statx(AT_FDCWD, path.c_str(), AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, STATX_INO | STATX_NLINK, &file) !=
        0) {
        return std::nullopt;
    }
    return file;
}

bool same_file(const std::string& one, const std::string& other) {
    const auto left = known_of(one);
    const auto right = known_of(other);
    return left && right && left->stx_dev_major == right->stx_dev_major &&
           left->stx_dev_minor == right->stx_dev_minor && left->stx_ino == right->stx_ino;
}

std::uint64_t tick() {
    return second / static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
}

std::optional<ProcStat> stat_of(std::uint32_t pid) {
    return stat_in(content(path_in(pid, "stat")));
}

std::uint32_t number_in(const std::string& path) {
    const auto text = content(path);
    std::uint32_t number = no_login;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

Program program_of(std::uint32_t pid, const ProcStat& stat) {
    constexpr std::string_view deleted = " (deleted)";
    constexpr std::string_view memory = "/memfd:";
    Program program;
    program.pid = pid;
    program.started = stat.started * tick();
    program.comm = model::ForeignText(stat.comm);
    program.uid = effective_id_in(content(path_in(pid, "status")), "Uid").value_or(0);
    auto exe = link(path_in(pid, "exe"));
    if (const auto file = known_of(path_in(pid, "exe"))) {
        program.device = makedev(file->stx_dev_major, file->stx_dev_minor);
        program.inode = file->stx_ino;
        if (file->stx_nlink == 0 && exe.ends_with(deleted)) {
            exe.resize(exe.size() - deleted.size());
            program.in_memory = exe.starts_with(memory);
            program.deleted = !program.in_memory;
            exe = program.in_memory ? exe.substr(1) : exe;
        }
    }
    program.exe = model::ForeignText(exe);
    auto arguments = arguments_in_proc(pid);
    program.arguments_cut = arguments.size() > FWLEARN_ARGV_SIZE;
    arguments.resize(std::min<std::size_t>(arguments.size(), FWLEARN_ARGV_SIZE));
    program.arguments = arguments_of(arguments);
    return program;
}

/// Nothing that was read of it meanwhile was read while it ended. Its number is in /proc for longer than its
/// memory, with which go its executable and arguments (exit_mm() in kernel/exit.c).
bool is_still(std::uint32_t pid, const ProcStat& before, const Program& as_read) {
    const auto after = stat_of(pid);
    return after && after->started == before.started &&
           (as_read.exe.empty() || !link(path_in(pid, "exe")).empty());
}

} // namespace

std::string arguments_in_proc(std::uint32_t pid) {
    return beginning(path_in(pid, "cmdline"), FWLEARN_ARGV_SIZE + 1);
}

std::optional<Program> program_in_proc(std::uint32_t pid, std::uint64_t started) {
    const auto before = stat_of(pid);
    if (!before || started / tick() != before->started) {
        return std::nullopt;
    }
    auto program = program_of(pid, *before);
    return is_still(pid, *before, program) ? std::optional(std::move(program)) : std::nullopt;
}

std::optional<Lineage> lineage_in_proc(std::uint32_t pid) {
    const auto stat = stat_of(pid);
    if (!stat) {
        return std::nullopt;
    }
    Lineage lineage;
    lineage.process = program_of(pid, *stat);
    if (lineage.process.exe.empty()) {
        return std::nullopt; // it has just ended, or may not be looked at
    }
    lineage.gid = effective_id_in(content(path_in(pid, "status")), "Gid").value_or(0);
    lineage.login_uid = number_in(path_in(pid, "loginuid"));
    lineage.session = number_in(path_in(pid, "sessionid"));
    lineage.contained =
        link(path_in(pid, "ns/pid")) != link("/proc/self/ns/pid") ||
        (link(path_in(pid, "ns/mnt")) != link("/proc/self/ns/mnt") && !same_file(path_in(pid, "root"), "/"));
    lineage.cgroup = model::ForeignText(std::string(unified_cgroup_in(content(path_in(pid, "cgroup")))));
    auto parent = stat->parent;
    while (parent > 1 && lineage.ancestors.size() < max_ancestors) {
        const auto above = stat_of(parent);
        if (!above) {
            break;
        }
        auto ancestor = program_of(parent, *above);
        // What has no executable is the kernel's own, or has just ended: who its parent was is not told then.
        constexpr std::uint32_t kthreadd = 2;
        if (!is_still(parent, *above, ancestor) ||
            (ancestor.exe.empty() && parent != kthreadd && above->parent != kthreadd)) {
            break;
        }
        lineage.ancestors.push_back(std::move(ancestor));
        parent = above->parent;
    }
    return is_still(pid, *stat, lineage.process) ? std::optional(std::move(lineage)) : std::nullopt;
}

std::string comm_in_proc(std::uint32_t pid, std::uint32_t thread) {
    auto comm = content(path_in(pid, "task/") + std::to_string(thread) + "/comm");
    return comm.substr(0, comm.rfind('\n')); // which ends it, and may be in it as well
}

bool proc_is_ours() {
    return link("/proc/self") == std::to_string(getpid());
}

bool pids_are_global() {
    constexpr ino_t initial = 0xEFFFFFFC; // PROC_PID_INIT_INO, include/linux/proc_ns.h
    struct ::stat ours {};
    return proc_is_ours() && ::stat("/proc/self/ns/pid", &ours) == 0 && ours.st_ino == initial;
}

} // namespace fwlearn::collector::process
