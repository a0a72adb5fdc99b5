// The command line that all benchmarks have: some paths, then one number that need not be said; and what
// they do with an error. Knows nothing of what is measured. Called by their main().
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace fwlearn::bench {

struct CommandLine {
    std::string program;
    std::vector<std::string> paths; ///< what each is; all are needed
    std::string number;             ///< what it is: ROUNDS
    std::uint64_t otherwise = 1;    ///< the number, where none is said
};

/// The paths are absolute, the number is at least 1.
using Benchmark = std::function<void(const std::vector<std::filesystem::path>& paths, std::uint64_t number)>;

/// What main() returns: 2 after one line on how it is called, 1 after one line on what went wrong.
int run(const CommandLine& command_line, int argc, char** argv, const Benchmark& benchmark);

} // namespace fwlearn::bench
