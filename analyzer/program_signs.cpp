#include "program_signs.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace fwlearn::analyzer {
namespace {

template <std::size_t size>
bool is_one_of(std::string_view word, const std::array<std::string_view, size>& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// As the kernel would go it, but for links.
std::string plain(const model::ForeignText& path) {
    std::string result;
    std::string_view rest = path.raw_bytes();
    while (!rest.empty()) {
        const auto end = rest.find('/');
        const auto part = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        if (part == "..") {
            result.resize(std::min(result.rfind('/'), result.size()));
        } else if (!part.empty() && part != ".") {
            result += '/';
            result += part;
        }
    }
    return result;
}

template <std::size_t size>
bool is_below(const model::ForeignText& path, const std::array<std::string_view, size>& folders) {
    if (!path.raw_bytes().starts_with('/')) {
        return false;
    }
    const auto plain_path = plain(path);
    return std::any_of(folders.begin(), folders.end(),
                       [&](std::string_view folder) { return plain_path.starts_with(folder); });
}

/// /usr/bin/python3.11 -> python
std::string_view family(const model::ForeignText& executable) {
    std::string_view name = executable.raw_bytes();
    name.remove_prefix(name.rfind('/') + 1);
    while (!name.empty() && ((name.back() >= '0' && name.back() <= '9') || name.back() == '.')) {
        name.remove_suffix(1);
    }
    constexpr std::string_view whole = "-static";
    return name.ends_with(whole) ? name.substr(0, name.size() - whole.size()) : name;
}

bool is_interpreter(std::string_view name) {
    constexpr std::array<std::string_view, 26> known{
        "ash",  "bash",   "bun",    "busybox", "csh",  "dash",   "deno", "expect", "fish",
        "ksh",  "lua",    "luajit", "mksh",    "node", "nodejs", "perl", "php",    "pwsh",
        "pypy", "python", "rbash",  "ruby",    "sh",   "tclsh",  "tcsh", "zsh"};
    return is_one_of(name, known);
}

bool only_starts_others(std::string_view name) {
    constexpr std::array<std::string_view, 24> known{"catatonit",    "chpst",
                                                     "chronic",      "chroot",
                                                     "dumb-init",    "env",
                                                     "flock",        "gosu",
                                                     "ionice",       "nice",
                                                     "nohup",        "runsv",
                                                     "runsvdir",     "runuser",
                                                     "s6-supervise", "setpriv",
                                                     "setsid",       "start-stop-daemon",
                                                     "su",           "sudo",
                                                     "systemd",      "systemd-executor",
                                                     "timeout",      "tini"};
    return is_one_of(name, known);
}

bool is_kernel_thread(std::string_view name) {
    // From ps(1) on Debian's kernels; what comes before a slash or a number.
    constexpr std::array<std::string_view, 19> beginnings{
        "cpuhp/",      "idle_inject/", "irq/",      "jbd2/",      "kcompactd", "khugepaged", "kintegrityd",
        "kswapd",      "ksoftirqd/",   "kworker/",  "migration/", "rcu_exp",   "rcu_gp",     "rcu_par_gp",
        "rcu_preempt", "rcu_sched",    "rcu_tasks", "scsi_eh_",   "xfsaild/"};
    constexpr std::array<std::string_view, 15> names{
        "kauditd",  "kblockd",  "kdevtmpfs", "kdevtmpfsd",   "khungtaskd", "kpsmoused",  "ksmd",     "kstrp",
        "kthreadd", "kthrotld", "kworker",   "mm_percpu_wq", "netns",      "oom_reaper", "watchdogd"};
    return is_one_of(name, names) || std::any_of(beginnings.begin(), beginnings.end(),
                                                 [name](auto start) { return name.starts_with(start); });
}

} // namespace

bool lies_in_the_open(const model::ForeignText& path) {
    constexpr std::array<std::string_view, 10> folders{
        "/tmp/",     "/var/tmp/",  "/dev/shm/",  "/run/user/",   "/var/run/user/",
        "/run/shm/", "/run/lock/", "/var/lock/", "/dev/mqueue/", "/usr/tmp/"};
    return is_below(path, folders);
}

bool is_no_file(const model::ForeignText& script) {
    constexpr std::array<std::string_view, 3> folders{"/dev/fd/", "/proc/", "/dev/std"};
    return is_below(script, folders);
}

bool is_in_system_folder(const model::ForeignText& path) {
    constexpr std::array<std::string_view, 6> folders{"/usr/", "/bin/",   "/sbin/",
                                                      "/lib/", "/lib32/", "/lib64/"};
    return is_below(path, folders) && !lies_in_the_open(path);
}

bool is_in_home(const model::ForeignText& path) {
    constexpr std::array<std::string_view, 2> folders{"/home/", "/root/"};
    return is_below(path, folders);
}

bool is_called_like_a_kernel_thread(const model::Process& process) {
    if (process.exe.empty() && !process.in_memory) {
        return false;
    }
    if (is_kernel_thread(process.comm.raw_bytes())) {
        return true;
    }
    const std::string_view line = process.cmdline.raw_bytes();
    const auto first = line.substr(0, line.find(' '));
    return first.size() > 2 && ((first.front() == '[' && first.back() == ']') || is_kernel_thread(first));
}

bool is_everywhere(const model::ForeignText& executable) {
    const auto name = family(executable);
    return is_interpreter(name) || only_starts_others(name);
}

bool has_shell_below_a_program(const model::Process& process) {
    bool below = is_interpreter(family(process.exe));
    for (const auto& ancestor : process.ancestors) {
        const auto name = family(ancestor);
        if (is_interpreter(name)) {
            below = true;
        } else if (below && !only_starts_others(name) && !name.empty()) {
            return true;
        }
    }
    return false;
}

} // namespace fwlearn::analyzer
