#include "throwaway_namespace.hpp"

#include <model/errors.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <exception>

namespace fwlearn::firewall {
namespace {

constexpr unsigned patience = 60; ///< seconds
constexpr const char* purpose = "cannot try the rules in a network namespace of their own (needs root)";

// What the child's answer begins with.
constexpr char well = '+';
constexpr char refused = '-';

void write_all(int fd, const std::string& bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
        const auto written = write(fd, bytes.data() + at, bytes.size() - at);
        if (written < 0 && errno != EINTR) {
            _exit(1);
        }
        at += written > 0 ? static_cast<std::size_t>(written) : 0;
    }
}

[[noreturn]] void be_child(int fd, const std::function<std::string()>& work) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::signal(SIGALRM, SIG_DFL);
    alarm(patience);
    std::string answer;
    try {
        if (unshare(CLONE_NEWNET) != 0) {
            throw model::SystemError(purpose, errno);
        }
        answer = well + work();
    } catch (const std::exception& error) {
        answer = refused + std::string(error.what());
    }
    write_all(fd, answer);
    _exit(0); // nothing of the parent's is to be flushed or destroyed here
}

std::string read_all(int fd) {
    std::string bytes;
    std::array<char, 65536> piece{};
    for (;;) {
        const auto got = read(fd, piece.data(), piece.size());
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return bytes;
        }
        bytes.append(piece.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    }
}

} // namespace

std::string in_throwaway_namespace(const std::function<std::string()>& work) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw model::SystemError(purpose, errno);
    }
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        be_child(ends[1], work);
    }
    close(ends[1]);
    const auto answer = child < 0 ? std::string() : read_all(ends[0]);
    close(ends[0]);
    if (child < 0) {
        throw model::SystemError(purpose, errno);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        throw model::SystemError(fmt::format("nft does not come to an end with it in {} s", patience));
    }
    if (!answer.empty() && answer.front() == refused) {
        throw model::SystemError(answer.substr(1));
    }
    if (answer.empty() || status != 0) {
        throw model::SystemError(
            "cannot try the rules in a network namespace of their own: whoever tries them was killed");
    }
    return answer.substr(1);
}

} // namespace fwlearn::firewall
