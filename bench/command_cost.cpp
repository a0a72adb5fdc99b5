#include "command_cost.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iostream>
#include <stdexcept>

namespace fwlearn::bench {
namespace {

Cost cost_of_child(const std::function<int()>& work, int status, const std::string& name) {
    const auto begin = Clock::now();
    const pid_t child = fork();
    if (child == 0) {
        try {
            // Whoever takes more is not to take the rest of the machine with it.
            constexpr rlim_t most = rlim_t{16} << 30U;
            const rlimit limit{most, most};
            setrlimit(RLIMIT_AS, &limit);
            _exit(work());
        } catch (const std::exception& error) {
            std::cerr << name << ": " << error.what() << std::endl; // NOLINT: _exit() flushes nothing
            _exit(127);
        }
    }
    int ended = 0;
    rusage usage{};
    if (child < 0 || wait4(child, &ended, 0, &usage) != child) {
        throw std::runtime_error("cannot run " + name);
    }
    if (!WIFEXITED(ended) || WEXITSTATUS(ended) != status) {
        throw std::runtime_error(name + " was to end with " + std::to_string(status) + ", and ended with " +
                                 (WIFEXITED(ended) ? std::to_string(WEXITSTATUS(ended))
                                                   : "signal " + std::to_string(WTERMSIG(ended))));
    }
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    constexpr double kibibytes_of_megabyte = 1e6 / 1024;
    return {seconds_since(begin), seconds(usage.ru_utime), seconds(usage.ru_stime),
            static_cast<double>(usage.ru_maxrss) / kibibytes_of_megabyte};
}

} // namespace

Cost cost_of(const std::vector<std::string>& command, int status) {
    std::vector<char*> arguments;
    std::string name;
    for (const auto& argument : command) {
        arguments.push_back(const_cast<char*>(argument.c_str())); // NOLINT: execv takes no const
        name += (name.empty() ? "" : " ") + argument;
    }
    arguments.push_back(nullptr);
    return cost_of_child(
        [&arguments] {
            const int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
            dup2(nothing, STDOUT_FILENO);
            execv(arguments.front(), arguments.data());
            return 127;
        },
        status, name);
}

Cost in_child(const std::function<void()>& work) {
    return cost_of_child(
        [&work] {
            work();
            return 0;
        },
        0, "a child of the benchmark's own");
}

} // namespace fwlearn::bench
