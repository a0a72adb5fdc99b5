#include "command_line.hpp"

#include <charconv>
#include <exception>
#include <iostream>
#include <span>
#include <string_view>

namespace fwlearn::bench {

int run(const CommandLine& command_line, int argc, char** argv, const Benchmark& benchmark) {
    const std::span<char*> all(argv, static_cast<std::size_t>(argc));
    const std::vector<std::string_view> words(all.begin() + 1, all.end());
    const auto needed = command_line.paths.size();
    auto number = command_line.otherwise;
    bool understood = words.size() == needed || words.size() == needed + 1;
    if (words.size() == needed + 1) {
        const auto word = words.back();
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
        understood = error == std::errc{} && end == word.data() + word.size() && number > 0;
    }
    if (!understood) {
        std::cerr << "usage: " << command_line.program;
        for (const auto& path : command_line.paths) {
            std::cerr << ' ' << path;
        }
        std::cerr << " [" << command_line.number << "]\n";
        return 2;
    }
    try {
        std::vector<std::filesystem::path> paths;
        for (std::size_t index = 0; index < needed; ++index) {
            paths.push_back(std::filesystem::absolute(words[index]));
        }
        benchmark(paths, number);
    } catch (const std::exception& error) {
        std::cerr << command_line.program << ": " << error.what() << '\n';
        return 1;
    }
    return 0;
}

} // namespace fwlearn::bench
