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

#include <algorithm>
#include <array>
#include <csignal>
#include <map>

namespace fwlearn::kernel_test {
namespace {

constexpr int cannot_start = 127;

/// What execve(2) takes: made before fork, since a child of a process that has threads must not ask for
/// memory.
class Words {
  public:
    explicit Words(std::vector<std::string> words) : words_(std::move(words)) {
        for (auto& word : words_) {
            pointers_.push_back(word.data());
        }
        pointers_.push_back(nullptr);
    }
    [[nodiscard]] char* const* get() const { return pointers_.data(); }

  private:
    std::vector<std::string> words_;
    std::vector<char*> pointers_;
};

Words environment_with(const Setting& setting) {
    std::map<std::string, std::string> all;
    for (char** line = environ; *line != nullptr; ++line) { // NOLINT: the C library's array
        const std::string text = *line;
        const auto equals = std::min(text.find('='), text.size());
        all.try_emplace(text.substr(0, equals), text.substr(equals));
    }
    for (const auto& [name, value] : setting.environment) {
        all[name] = "=" + value;
    }
    std::vector<std::string> lines;
    lines.reserve(all.size());
    for (const auto& [name, value] : all) {
        lines.push_back(name + value);
    }
    return Words(std::move(lines));
}

struct Start {
    Words arguments;
    Words environment;
    std::string netns; ///< its file; empty: ours
    std::optional<std::uint32_t> uid;
    int in = -1;
    int out = -1;
    int err = -1;
};

/// In the child, between fork and exec: only what a signal handler may do as well (fork(2)).
[[noreturn]] void become(const Start& start) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    if (!start.netns.empty()) {
        const int netns = open(start.netns.c_str(), O_RDONLY | O_CLOEXEC);
        if (netns < 0 || setns(netns, CLONE_NEWNET) != 0) {
            _exit(cannot_start);
        }
    }
    dup2(start.in, STDIN_FILENO);
    dup2(start.out, STDOUT_FILENO);
    dup2(start.err, STDERR_FILENO);
    char* const* argv = start.arguments.get();
    char* const* environment = start.environment.get();
    // Opened while still root: the other user may not be allowed through the folders above it (/root).
    const int program = start.uid ? open(*argv, O_PATH | O_CLOEXEC) : -1;
    if (start.uid && (setgroups(0, nullptr) != 0 || setresgid(*start.uid, *start.uid, *start.uid) != 0 ||
                      setresuid(*start.uid, *start.uid, *start.uid) != 0)) {
        _exit(cannot_start);
    }
    if (program >= 0) {
        fexecve(program, argv, environment);
    }
    execvpe(*argv, argv, environment);
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
    const Start start{Words(arguments),
                      environment_with(setting),
                      setting.netns.empty() ? "" : "/var/run/netns/" + setting.netns,
                      setting.uid,
                      in.get(),
                      out_.get(),
                      err_.get()};
    pid_ = must(fork(), "fork");
    if (pid_ == 0) {
        become(start);
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
