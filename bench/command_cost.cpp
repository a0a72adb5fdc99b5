#include "command_cost.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

namespace fwlearn::bench {

Cost cost_of(const std::vector<std::string>& command, int status) {
    std::vector<char*> arguments;
    for (const auto& argument : command) {
        arguments.push_back(const_cast<char*>(argument.c_str())); // NOLINT: execv takes no const
    }
    arguments.push_back(nullptr);
    const auto begin = Clock::now();
    const pid_t child = fork();
    if (child == 0) {
        const int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(nothing, STDOUT_FILENO);
        execv(arguments.front(), arguments.data());
        _exit(127);
    }
    int ended = 0;
    rusage usage{};
    if (child < 0 || wait4(child, &ended, 0, &usage) != child || !WIFEXITED(ended) ||
        WEXITSTATUS(ended) != status) {
        fmt::print(stderr, "{} failed\n", command.front());
        std::exit(1);
    }
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return {seconds_since(begin), seconds(usage.ru_utime) + seconds(usage.ru_stime),
            static_cast<double>(usage.ru_maxrss) / 1024};
}

} // namespace fwlearn::bench
