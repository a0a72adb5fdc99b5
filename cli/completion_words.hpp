// What can be completed on the command line: every verb and option, and what may stand behind them, read from
// the application itself, so that nothing is kept twice. Knows no shell. Private to this room; called by
// completion, and by tests.
#pragma once

#include <string>
#include <vector>

namespace CLI { // NOLINT(readability-identifier-naming): CLI11's
class App;
}

namespace fwlearn::cli {

/// What stands behind an option, or in the place of a positional argument.
struct CompletionArgument {
    enum class Path { none, file, directory };

    std::string name; ///< as --help has it: FILE
    std::vector<std::string>
        words; ///< of which it is one, unless there are none, or it may be a path as well
    Path path = Path::none;
    bool repeated = false;
};

struct CompletionOption {
    std::vector<std::string> names; ///< as typed: -o, --output
    std::string description;
    bool is_flag = false;
    CompletionArgument argument;
};

struct CompletionVerb {
    std::string name;
    std::string description;
    std::vector<CompletionOption> options; ///< of its own; the global ones may follow as well
    std::vector<CompletionArgument> positionals;
};

struct CompletionWords {
    std::vector<CompletionOption> global; ///< but for --help, which every verb has of its own
    CompletionOption help;
    std::vector<CompletionVerb> verbs;
};

/// Throws model::Error where a word would need quoting on a command line: none of ours may.
CompletionWords completion_words(const CLI::App& app);

} // namespace fwlearn::cli
