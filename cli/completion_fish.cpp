#include "completion_scripts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace fwlearn::cli {
namespace {

constexpr const char* head = R"(# fish completion for fwlearn, made by: fwlearn completion fish

# Succeeds if the verb on the command line is this one; with no argument, if there is none yet.
function __fwlearn_verb
    set -l words (commandline -opc)
    set -e words[1]
    set -l is_value 0
    for word in $words
        if test $is_value = 1
            set is_value 0
            continue
        end
        switch $word
)";
constexpr const char* after_globals = R"(                set is_value 1
            case '-*'
            case '*'
                test "$word" = "$argv[1]"
                return
        end
    end
    test -z "$argv[1]"
end

complete -c fwlearn -f
)";

/// In single quotes of fish, where \ and ' are escaped by \.
std::string fish_quoted(const std::string& text) {
    std::string quoted = "'";
    for (const char byte : text) {
        if (byte == '\\' || byte == '\'') {
            quoted += '\\';
        }
        quoted += byte == '\n' ? ' ' : byte;
    }
    return quoted + "'";
}

/// fish offers what -a says, and files with -F.
std::string offering(const CompletionArgument& argument) {
    using Path = CompletionArgument::Path;
    std::vector<std::string> offered = argument.words;
    if (argument.path == Path::directory) {
        offered.emplace_back("(__fish_complete_directories)");
    }
    const auto words =
        offered.empty() ? "" : " -a " + fish_quoted(fmt::format("{}", fmt::join(offered, " ")));
    return (argument.path == Path::file ? " -F" : "") + words;
}

std::string line(const CompletionOption& option, const std::string& verb) {
    std::string words = "complete -c fwlearn";
    if (!verb.empty()) {
        words += " -n " + fish_quoted("__fwlearn_verb " + verb);
    }
    for (const auto& name : option.names) {
        words += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    if (!option.is_flag) {
        // Without -F, -x: no files.
        words += (option.argument.path == CompletionArgument::Path::file ? " -r" : " -x") +
                 offering(option.argument);
    }
    return words + " -d " + fish_quoted(option.description) + "\n";
}

} // namespace

std::string fish_completion(const CompletionWords& words) {
    std::vector<std::string> with_value;
    for (const auto& option : words.global) {
        if (!option.is_flag) {
            with_value.insert(with_value.end(), option.names.begin(), option.names.end());
        }
    }
    std::string script = head;
    script += fmt::format("            case {}\n", fmt::join(with_value, " ")) + after_globals;
    for (const auto& option : words.global) {
        script += line(option, "");
    }
    script += line(words.help, "");
    for (const auto& verb : words.verbs) {
        script += fmt::format("complete -c fwlearn -n __fwlearn_verb -a {} -d {}\n", verb.name,
                              fish_quoted(verb.description));
    }
    for (const auto& verb : words.verbs) {
        script += "\n";
        for (const auto& option : verb.options) {
            if (option.names != words.help.names) {
                script += line(option, verb.name);
            }
        }
        for (const auto& positional : verb.positionals) {
            if (const auto offered = offering(positional); !offered.empty()) {
                script +=
                    "complete -c fwlearn -n " + fish_quoted("__fwlearn_verb " + verb.name) + offered + "\n";
            }
        }
    }
    return script;
}

} // namespace fwlearn::cli
