#include "process.hpp"

#include "failure.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <csignal>

namespace fwlearn::kernel_test {
namespace {

constexpr int cannot_start = 127;

/// In the child, between fork and exec: no exception may leave it.
[[noreturn]] void become(const std::vector<std::string>& arguments, const Setting& setting, int in, int out,
                         int err) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    if (!setting.netns.empty()) {
        const int netns = open(("/var/run/netns/" + setting.netns).c_str(), O_RDONLY | O_CLOEXEC);
        if (netns < 0 || setns(netns, CLONE_NEWNET) != 0) {
            _exit(cannot_start);
        }
    }
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    // Opened while still root: the other user may not be allowed through the folders above it (/root).
    const int program = setting.uid ? open(arguments.front().c_str(), O_PATH | O_CLOEXEC) : -1;
    if (setting.uid &&
        (setgroups(0, nullptr) != 0 || setresgid(*setting.uid, *setting.uid, *setting.uid) != 0 ||
         setresuid(*setting.uid, *setting.uid, *setting.uid) != 0)) {
        _exit(cannot_start);
    }
    for (const auto& [name, value] : setting.environment) {
        setenv(name.c_str(), value.c_str(), 1);
    }
    std::vector<char*> argv;
    for (const auto& argument : arguments) {
        argv.push_back(const_cast<char*>(argument.c_str())); // NOLINT: execvp(3) does not write to it
    }
    argv.push_back(nullptr);
    if (program >= 0) {
        fexecve(program, argv.data(), environ);
    }
    execvp(argv.front(), argv.data());
    _exit(cannot_start);
}

Fd memory_file(const char* name) {
    return Fd(must(memfd_create(name, MFD_CLOEXEC), "memfd_create"));
}

} // namespace

Process::Process(const std::vector<std::string>& arguments, const Setting& setting)
    : out_(memory_file("out")), err_(memory_file("err")) {
    const Fd in = memory_file("in");
    if (write(in.get(), setting.input.data(), setting.input.size()) !=
            static_cast<ssize_t>(setting.input.size()) ||
        lseek(in.get(), 0, SEEK_SET) != 0) {
        fail("write to a memory file");
    }
    pid_ = must(fork(), "fork");
    if (pid_ == 0) {
        become(arguments, setting, in.get(), out_.get(), err_.get());
    }
    pidfd_ = Fd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
}

Process::~Process() {
    if (!status_) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
}

void Process::signal(int number) const {
    must(kill(pid_, number), "kill");
}

int Process::wait(std::chrono::seconds limit) {
    if (!status_) {
        pollfd ended{pidfd_.get(), POLLIN, 0};
        const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
        if (must(poll(&ended, 1, static_cast<int>(milliseconds)), "poll") == 0) {
            throw std::runtime_error("a process did not end in time; it said: " + err());
        }
        int status = 0;
        must(waitpid(pid_, &status, 0), "waitpid");
        status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    return *status_;
}

std::string Process::content(const Fd& file) {
    std::string text;
    std::array<char, 65536> piece{};
    for (ssize_t size = 0;
         (size = pread(file.get(), piece.data(), piece.size(), static_cast<off_t>(text.size()))) > 0;) {
        text.append(piece.data(), static_cast<std::size_t>(size));
    }
    return text;
}

Result run(const std::vector<std::string>& arguments, const Setting& setting) {
    Process process(arguments, setting);
    const int status = process.wait();
    return {status, process.out(), process.err()};
}

std::string must_run(const std::vector<std::string>& arguments, const Setting& setting) {
    auto result = run(arguments, setting);
    if (result.status != 0) {
        std::string command;
        for (const auto& argument : arguments) {
            command += argument + ' ';
        }
        throw std::runtime_error(command + "exits with " + std::to_string(result.status) + ": " + result.err);
    }
    return std::move(result.out);
}

} // namespace fwlearn::kernel_test
