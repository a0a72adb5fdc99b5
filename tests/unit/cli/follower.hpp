// fwlearn with --follow in a process of its own, read line by line. Used by the tests of cli.
#pragma once

#include <cli/app.hpp>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

namespace fwlearn::tests {

class Follower {
  public:
    explicit Follower(std::vector<std::string> arguments, bool with_errors = false) {
        arguments.insert(arguments.begin(), "fwlearn");
        std::vector<const char*> argv;
        argv.reserve(arguments.size());
        for (const auto& argument : arguments) {
            argv.push_back(argument.c_str());
        }
        int ends[2] = {-1, -1};
        REQUIRE(pipe(ends) == 0);
        std::cout.flush(); // or the child prints it, too
        child_ = fork();
        REQUIRE(child_ >= 0);
        if (child_ == 0) {
            dup2(ends[1], STDOUT_FILENO);
            if (with_errors) {
                dup2(ends[1], STDERR_FILENO);
            }
            close(ends[0]);
            close(ends[1]);
            _exit(cli::run(static_cast<int>(argv.size()), argv.data(), std::cout, std::cerr));
        }
        close(ends[1]);
        out_ = fdopen(ends[0], "r");
        REQUIRE(out_ != nullptr);
    }
    ~Follower() {
        if (child_ > 0) {
            kill(child_, SIGKILL);
            waitpid(child_, nullptr, 0);
        }
        (void)fclose(out_);
    }
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;

    /// Empty at the end.
    std::string next_line() {
        std::string line;
        for (int byte = 0; (byte = fgetc(out_)) != EOF && byte != '\n';) {
            line += static_cast<char>(byte);
        }
        return line;
    }

    /// null at the end.
    nlohmann::json next() {
        const auto line = next_line();
        return line.empty() ? nlohmann::json() : nlohmann::json::parse(line);
    }

    /// Where what was told next went; empty at the end.
    std::string next_address() {
        const auto told = next();
        return told.is_null() ? std::string() : told.at("address").get<std::string>();
    }

    /// Its exit status.
    int stop() {
        kill(child_, SIGTERM);
        int status = 0;
        waitpid(child_, &status, 0);
        child_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

  private:
    pid_t child_ = -1;
    FILE* out_ = nullptr;
};

} // namespace fwlearn::tests
