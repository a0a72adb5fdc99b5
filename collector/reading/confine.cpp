#include "confine.hpp"

#include <linux/capability.h>
#include <linux/close_range.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <limits>
#include <memory>

namespace fwlearn::collector::reading {
namespace {

/// "nobody" and "nogroup" of Debian, and the kernel's own overflow id
/// (Documentation/admin-guide/sysctl/fs.rst).
constexpr uid_t nobody = 65534;

bool close_all_but(int kept) {
    const auto number = static_cast<unsigned>(kept);
    const bool below = number == 0 || syscall(SYS_close_range, 0U, number - 1, 0U) == 0;
    return below && syscall(SYS_close_range, number + 1, std::numeric_limits<unsigned>::max(), 0U) == 0;
}

bool drop_user() {
    if (geteuid() != 0) {
        return true;
    }
    // By system call: that is all there is to it in a process of one thread.
    if (syscall(SYS_setresgid, nobody, nobody, nobody) != 0) {
        // user_namespaces(7): root of a namespace that knows nobody else is root of nothing outside.
        return errno == EINVAL;
    }
    return syscall(SYS_setgroups, 0, nullptr) == 0 && syscall(SYS_setresuid, nobody, nobody, nobody) == 0;
}

/// Of those of the first 32.
bool drop_capabilities_but(std::uint32_t kept) {
    // capabilities(7): an ambient capability goes with its permitted one.
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
    if (kept != 0 && syscall(SYS_capget, &header, sets.data()) != 0) {
        return false;
    }
    const auto left = sets[0].permitted & kept;
    sets = {};
    sets[0].permitted = sets[0].effective = left;
    return syscall(SYS_capset, &header, sets.data()) == 0;
}

struct Release {
    void operator()(void* filter) const { seccomp_release(filter); }
};

/// Reading, answering, memory that cannot be run, and the end. Whoever asks for anything else ends at once.
bool drop_system_calls() {
    const std::unique_ptr<void, Release> filter(seccomp_init(SCMP_ACT_KILL_PROCESS));
    if (!filter) {
        return false;
    }
    const auto allow = [&filter](int call) {
        return seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, call, 0, nullptr) == 0;
    };
    const auto allow_unless_executable = [&filter](int call) {
        const scmp_arg_cmp not_executable{2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0};
        return seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, call, 1, &not_executable) == 0;
    };
    bool sound = true;
    for (const int call :
         {SCMP_SYS(read), SCMP_SYS(recvfrom), SCMP_SYS(sendto), SCMP_SYS(brk), SCMP_SYS(munmap),
          SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(clock_gettime), SCMP_SYS(getpid),
          SCMP_SYS(gettid), SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall), SCMP_SYS(exit_group)}) {
        sound = sound && allow(call);
    }
    return sound && allow_unless_executable(SCMP_SYS(mmap)) && allow_unless_executable(SCMP_SYS(mprotect)) &&
           seccomp_load(filter.get()) == 0;
}

} // namespace

bool confine(int socket, pid_t parent) {
    // Whoever stops the service signals all of its processes; this one ends when nobody asks it any more.
    sigset_t all{};
    sigfillset(&all);
    return sigprocmask(SIG_BLOCK, &all, nullptr) == 0 && close_all_but(socket) && drop_user() &&
           prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent && // it may have ended before that
           prctl(PR_SET_DUMPABLE, 0) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           drop_capabilities_but(0) && drop_system_calls();
}

bool keep_only_for_confining() {
    constexpr auto another_user =
        1U << unsigned{CAP_SETUID} | 1U << unsigned{CAP_SETGID} | 1U << unsigned{CAP_KILL};
    return prctl(PR_SET_DUMPABLE, 0) == 0 && drop_capabilities_but(geteuid() == 0 ? another_user : 0);
}

} // namespace fwlearn::collector::reading
