#include "collector/process/identity.hpp"

#include "collector/process/redact.hpp"
#include "collector/process/task.hpp"

#include <model/ascii.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace fwlearn::collector::process {
namespace {

std::string_view view(const model::ForeignText& text) {
    return text.raw_bytes();
}

/// python3.11 -> python
std::string_view family(std::string_view path) {
    auto name = path.substr(path.rfind('/') + 1);
    while (!name.empty() && (model::is_digit(name.back()) || name.back() == '.')) {
        name.remove_suffix(1);
    }
    return name;
}

bool is_interpreter(std::string_view name) {
    constexpr std::array<std::string_view, 16> known{"ash",  "bash", "busybox", "dash", "ksh",  "lua",
                                                     "mksh", "node", "perl",    "php",  "pypy", "python",
                                                     "ruby", "sh",   "tclsh",   "zsh"};
    return std::find(known.begin(), known.end(), name) != known.end();
}

/// Options that bring the program with them, so that what follows is no script.
bool is_program_text(std::string_view interpreter, std::string_view option) {
    if (option.starts_with("--") || option.size() < 2) {
        return option == "--eval" || option == "--print" || option == "--run";
    }
    const auto letter = option.back(); // -ec, -lc: the last of those that are joined takes the argument
    if (interpreter == "python" || interpreter == "pypy") {
        return letter == 'c' || letter == 'm';
    }
    if (interpreter == "perl" || interpreter == "ruby" || interpreter == "lua") {
        return letter == 'e' || letter == 'E';
    }
    if (interpreter == "node") {
        return letter == 'e' || letter == 'p';
    }
    return letter == (interpreter == "php" ? 'r' : 'c');
}

/// Options whose value is the next argument.
bool takes_value(std::string_view interpreter, std::string_view option) {
    if (interpreter == "python" || interpreter == "pypy") {
        return option == "-W" || option == "-X";
    }
    if (interpreter == "perl" || interpreter == "ruby") {
        return option == "-I" || option == "-r";
    }
    if (interpreter == "node") {
        return option == "-r" || option == "--require" || option == "--import";
    }
    if (interpreter == "php") {
        return option == "-d" || option == "-c";
    }
    return option == "-o" || option == "+o" || option == "--rcfile" || option == "--init-file";
}

} // namespace

model::ForeignText script_of(const Program& program) {
    const auto interpreter = family(view(program.exe));
    if (!is_interpreter(interpreter)) {
        return {};
    }
    for (std::size_t i = 1; i < program.arguments.size(); ++i) {
        const auto argument = view(program.arguments[i]);
        if (interpreter == "php" && argument == "-f") {
            continue; // the file comes next
        }
        if (argument == "--") {
            return i + 1 < program.arguments.size() ? program.arguments[i + 1] : model::ForeignText();
        }
        if (argument.empty() || (argument.front() != '-' && argument.front() != '+')) {
            return program.arguments[i];
        }
        if (argument == "-" || is_program_text(interpreter, argument)) {
            return {};
        }
        if (takes_value(interpreter, argument)) {
            ++i;
        }
    }
    return {};
}

model::ForeignText stable_unit(const model::ForeignText& unit) {
    // systemd's own: logind's sessions, systemd-run's transient units, a user's manager, per-connection
    // services.
    constexpr std::array<std::pair<std::string_view, std::string_view>, 6> counted{{{"session-", ".scope"},
                                                                                    {"run-", ".service"},
                                                                                    {"run-", ".scope"},
                                                                                    {"app-", ".scope"},
                                                                                    {"vte-spawn-", ".scope"},
                                                                                    {"init-", ".scope"}}};
    const auto name = view(unit);
    for (const auto& [begin, end] : counted) {
        if (name.starts_with(begin) && name.ends_with(end) && name.size() > begin.size() + end.size()) {
            return model::ForeignText(std::string(begin) + "*" + std::string(end));
        }
    }
    // ssh@7-192.0.2.1:22-198.51.100.7:50000.service of a socket with Accept=yes
    const auto at = name.find('@');
    if (at != std::string_view::npos && name.ends_with(".service") && at + 1 < name.size() &&
        model::is_digit(name[at + 1])) {
        const auto instance = name.substr(at + 1, name.size() - at - 1 - std::string_view(".service").size());
        const auto dash = instance.find('-');
        if (dash != std::string_view::npos && instance.find(':') != std::string_view::npos &&
            std::all_of(instance.begin(), instance.begin() + static_cast<std::ptrdiff_t>(dash),
                        model::is_digit)) {
            return model::ForeignText(std::string(name.substr(0, at + 1)) + "*.service");
        }
    }
    return unit;
}

model::Process identity_of(const Lineage& lineage) {
    const auto& program = lineage.process;
    model::Process process;
    process.exe = program.exe;
    process.comm = program.comm;
    process.cmdline = redacted_command_line(program.arguments);
    process.cgroup = lineage.cgroup;
    process.unit = stable_unit(unit_of(lineage.cgroup));
    process.uid = program.uid;
    process.script = script_of(program);
    for (const auto& ancestor : lineage.ancestors) {
        process.ancestors.push_back(ancestor.exe);
    }
    process.deleted = program.deleted;
    process.in_memory = program.in_memory;
    process.contained = lineage.contained;
    return process;
}

} // namespace fwlearn::collector::process
