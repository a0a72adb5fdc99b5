#include "run_program.hpp"

#include <model/errors.hpp>
#include <model/foreign_text.hpp>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace fwlearn::cli {

int run_program(const std::vector<std::string>& words) {
    auto copies = words;
    std::vector<char*> arguments;
    arguments.reserve(copies.size() + 1);
    for (auto& word : copies) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    pid_t child = 0;
    if (const int error =
            posix_spawnp(&child, arguments.front(), nullptr, nullptr, arguments.data(), environ);
        error != 0) {
        throw model::SystemError("cannot run " + model::for_terminal(model::ForeignText(words.front())),
                                 error);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            throw model::SystemError(
                "cannot wait for " + model::for_terminal(model::ForeignText(words.front())), errno);
        }
    }
    constexpr int by_signal = 128;
    return WIFEXITED(status) ? WEXITSTATUS(status) : by_signal + WTERMSIG(status);
}

} // namespace fwlearn::cli
