#include "detached_way_back.hpp"

#include "firewall/way_back.hpp"
#include "state_changes.hpp"

#include <model/errors.hpp>

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>

namespace fwlearn::firewall {
namespace {

constexpr const char* purpose = "cannot start the process that would take the whitelist back";

/// What it waits for.
struct Events {
    int deadline = -1;
    int signals = -1;
};

Events open_events(const Applied& armed) {
    Events events;
    // CLOCK_BOOTTIME goes on while the host sleeps, and whoever sets the time does not move it.
    events.deadline = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC);
    itimerspec due{};
    due.it_value.tv_sec = static_cast<time_t>(armed.deadline.count() / 1000);
    due.it_value.tv_nsec = static_cast<long>(armed.deadline.count() % 1000 * 1000000);
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, nullptr); // a terminal that goes away, and whatever else
    sigset_t told_to_stop;
    sigemptyset(&told_to_stop);
    sigaddset(&told_to_stop, SIGTERM);
    events.signals = signalfd(-1, &told_to_stop, SFD_CLOEXEC);
    if (events.deadline < 0 || events.signals < 0 ||
        timerfd_settime(events.deadline, TFD_TIMER_ABSTIME, &due, nullptr) != 0) {
        throw model::SystemError(purpose, errno);
    }
    return events;
}

void wait_for_deadline(const StateDirectory& directory, const std::string& token, const Events& events,
                       const StateChanges& changes) {
    std::array<pollfd, 3> watched{
        {{events.deadline, POLLIN, 0}, {events.signals, POLLIN, 0}, {changes.descriptor(), POLLIN, 0}}};
    for (;;) {
        if (poll(watched.data(), watched.size(), -1) < 0) {
            continue;
        }
        if (watched[0].revents != 0 || watched[1].revents != 0) {
            return; // due; or told to stop, and then it is taken back at once
        }
        changes.forget();
        if (is_over(directory, token)) {
            _exit(0);
        }
        if (!armed_if_readable(directory)) {
            return; // nobody can confirm it any more
        }
    }
}

void say(int priority, const std::string& line) {
    openlog("fwlearn", LOG_PID, LOG_DAEMON);
    syslog(priority, "%s", line.c_str());
}

void leave_everything_behind(int kept) {
    prctl(PR_SET_NAME, "fwlearn-wayback");
    umask(S_IRWXG | S_IRWXO);
    if (chdir("/") != 0) {
        throw model::SystemError(purpose, errno);
    }
    const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (nothing < 0 || dup2(nothing, standard) < 0) {
            throw model::SystemError(purpose, errno);
        }
    }
    constexpr unsigned first = 3;
    const auto own = static_cast<unsigned>(kept);
    // Above all the lock, and the terminal's.
    if (own > first) {
        syscall(SYS_close_range, first, own - 1, 0);
    }
    syscall(SYS_close_range, own + 1, ~0U, 0);
    std::ofstream("/proc/self/oom_score_adj")
        << -1000; // refused without CAP_SYS_RESOURCE, and then it goes on
}

[[noreturn]] void be_way_back(const StateDirectory& directory, const Applied& armed, int ready) {
    try {
        leave_everything_behind(ready);
        const StateChanges changes(directory);
        const auto events = open_events(armed);
        const pid_t self = getpid();
        const bool told = write(ready, &self, sizeof self) == sizeof self;
        close(ready);
        if (told) {
            wait_for_deadline(directory, armed.token, events, changes);
            const auto done = take_back_by_all_means(
                directory, armed.token, "not confirmed in time",
                [](const auto& error) { say(LOG_ERR, "cannot roll back: " + error); }, &armed);
            if (!done.empty()) {
                say(LOG_WARNING, done);
            }
        }
    } catch (const std::exception& error) {
        say(LOG_ERR, error.what());
    }
    _exit(0);
}

} // namespace

int start_detached_way_back(const StateDirectory& directory, const Applied& armed) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw model::SystemError(purpose, errno);
    }
    const pid_t child = fork();
    if (child == 0) {
        std::signal(SIGPIPE, SIG_IGN);
        close(ends[0]);
        setsid();
        // Of a session of its own and not its leader: no terminal can become its own, and nobody waits for
        // it.
        if (const pid_t own = fork(); own != 0) {
            _exit(own < 0 ? 1 : 0);
        }
        be_way_back(directory, armed, ends[1]);
    }
    close(ends[1]);
    pid_t pid = 0;
    if (child > 0) {
        while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
        }
        while (read(ends[0], &pid, sizeof pid) < 0 && errno == EINTR) {
        }
    }
    close(ends[0]);
    if (pid <= 0) {
        throw model::SystemError(purpose);
    }
    return pid;
}

} // namespace fwlearn::firewall
