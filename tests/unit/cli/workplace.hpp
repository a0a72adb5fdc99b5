// fwlearn run as a user runs it, in a directory of its own. Used by the tests of cli.
#pragma once

#include <cli/app.hpp>
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <vector>

namespace fwlearn::tests {

struct Result {
    int status;
    std::string out;
    std::string err;
};

/// fwlearn as it is called, in this process.
inline Result run_fwlearn(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "fwlearn");
    std::vector<const char*> argv;
    argv.reserve(arguments.size());
    for (const auto& argument : arguments) {
        argv.push_back(argument.c_str());
    }
    std::ostringstream out;
    std::ostringstream err;
    const int status = cli::run(static_cast<int>(argv.size()), argv.data(), out, err);
    return {status, out.str(), err.str()};
}

/// A directory of its own, and fwlearn run in it with its own database.
class Workplace {
  public:
    Workplace() {
        auto pattern = (std::filesystem::temp_directory_path() / "fwlearn-cli-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        root_ = pattern;
    }
    ~Workplace() { std::filesystem::remove_all(root_); }
    Workplace(const Workplace&) = delete;
    Workplace& operator=(const Workplace&) = delete;

    [[nodiscard]] std::filesystem::path path(const std::string& name) const { return root_ / name; }

    [[nodiscard]] std::string file(const std::string& name, const std::string& content) const {
        std::ofstream(path(name), std::ios::binary) << content;
        return path(name).string();
    }

    [[nodiscard]] Result run(std::vector<std::string> arguments,
                             const std::string& database = "flows.db") const {
        arguments.insert(arguments.begin(), {"--db", path(database).string()});
        return run_fwlearn(std::move(arguments));
    }

    /// With these lines on standard input.
    [[nodiscard]] Result answer(const std::string& lines, const std::vector<std::string>& arguments) const {
        std::istringstream in(lines);
        auto* const before = std::cin.rdbuf(in.rdbuf());
        auto result = run(arguments);
        std::cin.rdbuf(before);
        std::cin.clear();
        return result;
    }

  private:
    std::filesystem::path root_;
};

inline bool is_one_line(const std::string& text) {
    return std::count(text.begin(), text.end(), '\n') == 1 && text.back() == '\n' && text.size() > 10 &&
           std::none_of(text.begin(), text.end() - 1,
                        [](unsigned char byte) { return byte < 0x20 || byte >= 0x7f; });
}

inline const std::string conn_log =
    "#separator \\x09\n#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_"
    "state\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\n"
    "1763881328.5\t192.0.2.10\t40000\t198.51.100.7\t443\ttcp\tSF\t5\t500\t4\t4000\n"
    "1763881329.5\t192.0.2.10\t40001\t198.51.100.6\t443\ttcp\tSF\t5\t500\t4\t4000\n"
    "1763967728.5\t192.0.2.10\t40002\t198.51.100.9\t53\tudp\tS0\t1\t60\t0\t0\n"
    "1763967729.5\t203.0.113.4\t40002\t192.0.2.10\t22\ttcp\tSF\t5\t500\t4\t4000\n";

} // namespace fwlearn::tests
