#include "run_program.hpp"

#include <model/foreign_text.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace fwlearn::firewall {

Ended run_program(const std::vector<std::string>& arguments) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
        return {-1, std::generic_category().message(errno)};
    }
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    for (const auto& argument : arguments) {
        argv.push_back(const_cast<char*>(argument.c_str())); // NOLINT: posix_spawnp(3) does not write to it
    }
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    pid_t child = -1;
    const int error = posix_spawnp(&child, argv.front(), &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    std::string said;
    std::array<char, 4096> piece{};
    for (ssize_t got = 0;
         (got = read(ends[0], piece.data(), piece.size())) > 0 || (got < 0 && errno == EINTR);) {
        said.append(piece.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    }
    close(ends[0]);
    if (error != 0) {
        return {-1, arguments.front() + ": " + std::generic_category().message(error)};
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1,
            model::for_terminal(model::ForeignText(said.substr(0, said.find('\n'))))};
}

} // namespace fwlearn::firewall
