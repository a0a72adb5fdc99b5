#include "completion_scripts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

namespace fwlearn::cli {
namespace {

/// Needs nothing of the package bash-completion: who has it not can source this. --option=value is three
/// words to bash.
constexpr const char* head = R"(# bash completion for fwlearn, made by: fwlearn completion bash

_fwlearn() {
    local i verb= option=$3
    COMPREPLY=()
    [[ $option != = ]] || option=${COMP_WORDS[COMP_CWORD - 2]}
    for ((i = 1; i < COMP_CWORD; ++i)); do
        case ${COMP_WORDS[i]} in
)";
constexpr const char* after_globals = R"(            [[ ${COMP_WORDS[i + 1]} != = ]] || ((++i))
            ((++i)) # its value is no verb
            ;;
        -*) ;;
        *)
            verb=${COMP_WORDS[i]}
            break
            ;;
        esac
    done

    local -a words=()
    case "$verb $option" in
)";
constexpr const char* after_options = R"(    *)
        case "$verb" in
)";
constexpr const char* tail = R"(        *) return ;;
        esac
        ;;
    esac
    for i in "${words[@]}"; do
        [[ $i != "$2"* ]] || COMPREPLY+=("$i")
    done
}

complete -F _fwlearn fwlearn
)";

std::string names_of(const std::vector<CompletionOption>& options) {
    std::vector<std::string> names;
    for (const auto& option : options) {
        names.insert(names.end(), option.names.begin(), option.names.end());
    }
    return fmt::format("{}", fmt::join(names, " "));
}

/// readline's own completion of paths, which quotes what has to be quoted. It is asked when no word fits.
std::string completing(const CompletionArgument& argument) {
    using Path = CompletionArgument::Path;
    std::vector<std::string> commands;
    if (argument.path == Path::file) {
        commands.emplace_back("compopt -o default");
    } else if (argument.path == Path::directory) {
        commands.emplace_back("compopt -o dirnames -o filenames");
    }
    if (!argument.words.empty()) {
        commands.push_back(fmt::format("words=({})", fmt::join(argument.words, " ")));
    }
    return fmt::format("{}", fmt::join(commands, "; "));
}

/// By what is completed, the patterns of "VERB OPTION" behind which it is.
using Values = std::map<std::string, std::vector<std::string>>;

void add_values(Values& values, const std::vector<CompletionOption>& options, const std::string& verb) {
    for (const auto& option : options) {
        if (option.is_flag) {
            continue;
        }
        auto& patterns = values[completing(option.argument)];
        for (const auto& name : option.names) {
            patterns.push_back(
                fmt::format("{}{}", verb.empty() ? "*" : "", shell_quoted(fmt::format("{} {}", verb, name))));
        }
    }
}

std::string branches(const Values& values) {
    std::string lines;
    for (const auto& [what, patterns] : values) {
        lines += fmt::format("    {}) {};;\n", fmt::join(patterns, " | \\\n        "),
                             what.empty() ? "" : what + " ");
    }
    return lines;
}

/// What follows where no option asks for a value.
std::string branch(const std::string& verb, const std::string& options, const std::string& others) {
    return fmt::format("        {}) if [[ $2 == -* ]]; then words=({}); {}fi ;;\n", shell_quoted(verb),
                       options, others.empty() ? "" : "else " + others + "; ");
}

} // namespace

std::string shell_quoted(const std::string& text) {
    std::string quoted = "'";
    for (const char byte : text) {
        if (byte == '\'') {
            quoted += "'\\''";
        } else {
            quoted += byte == '\n' ? ' ' : byte;
        }
    }
    return quoted + "'";
}

std::string bash_completion(const CompletionWords& words) {
    std::vector<std::string> with_value;
    for (const auto& option : words.global) {
        if (!option.is_flag) {
            with_value.insert(with_value.end(), option.names.begin(), option.names.end());
        }
    }
    std::string script = head;
    script += fmt::format("        {})\n", fmt::join(with_value, " | ")) + after_globals;
    Values own;
    Values shared;
    for (const auto& verb : words.verbs) {
        add_values(own, verb.options, verb.name);
    }
    add_values(shared, words.global, "");
    script += branches(own) + branches(shared) + after_options;
    const auto global = names_of(words.global);
    std::vector<std::string> verbs;
    for (const auto& verb : words.verbs) {
        verbs.push_back(verb.name);
    }
    script +=
        branch("", names_of({words.help}) + " " + global, fmt::format("words=({})", fmt::join(verbs, " ")));
    for (const auto& verb : words.verbs) {
        // bash is not told how many there were: every one may be the next.
        CompletionArgument next;
        for (const auto& positional : verb.positionals) {
            next.words.insert(next.words.end(), positional.words.begin(), positional.words.end());
            next.path = std::max(next.path, positional.path);
        }
        script += branch(verb.name, names_of(verb.options) + " " + global, completing(next));
    }
    return script + tail;
}

} // namespace fwlearn::cli
