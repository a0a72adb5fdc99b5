#include "run_command.hpp"

#include "replacement.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace fwlearn::cli {
namespace {

/// In memory, whole before anybody reads: who does not read it keeps nobody waiting.
bool hold(int file, const std::string& input) {
    for (std::size_t done = 0; done < input.size();) {
        const auto put = write(file, input.data() + done, input.size() - done);
        if (put < 0) {
            return false;
        }
        done += static_cast<std::size_t>(put);
    }
    return lseek(file, 0, SEEK_SET) == 0;
}

[[noreturn]] void become(const char* command, int input) {
    setpgid(0, 0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr); // who follows the record has signals blocked
    dup2(input, STDIN_FILENO);
    execl("/bin/sh", "sh", "-c", command, nullptr);
    _exit(127);
}

/// Whether it ended within `limit`.
bool ends_within(pid_t child, std::chrono::milliseconds limit) {
    // glibc 2.36 declares pidfd_open() for C alone.
    const Descriptor process(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
    pollfd waiting{process.get(), POLLIN, 0};
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (process.is_open()) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            return false;
        }
        const int ready = poll(&waiting, 1, static_cast<int>(left.count()));
        if (ready > 0) {
            return true;
        }
        if (ready < 0 && errno != EINTR) {
            return false;
        }
    }
    return false;
}

} // namespace

CommandEnd run_command(const std::string& command, const std::string& input,
                       std::chrono::milliseconds limit) {
    const Descriptor file(memfd_create("finding", MFD_CLOEXEC));
    if (!file.is_open() || !hold(file.get(), input)) {
        return CommandEnd::badly;
    }
    const pid_t child = fork();
    if (child < 0) {
        return CommandEnd::badly;
    }
    if (child == 0) {
        become(command.c_str(), file.get());
    }
    setpgid(child, child); // whoever of the two is first; it fails for the other
    const bool ended = ends_within(child, limit);
    if (!ended) {
        kill(-child, SIGKILL);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!ended) {
        return CommandEnd::late;
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? CommandEnd::well : CommandEnd::badly;
}

} // namespace fwlearn::cli
