#include "completion_scripts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace fwlearn::cli {
namespace {

constexpr const char* head = R"(#compdef fwlearn
# zsh completion for fwlearn, made by: fwlearn completion zsh

_fwlearn() {
    local curcontext="$curcontext" state line
    typeset -A opt_args
    local -a global verbs
    global=(
)";
constexpr const char* after_global = R"(    )
    verbs=(
)";
constexpr const char* after_verbs = R"(    )
    _arguments -C -s "${global[@]}" \
)";
constexpr const char* after_help = R"(        ': :->verb' '*:: :->options' && return
    case $state in
    verb) _describe -t verbs verb verbs ;;
    options)
        curcontext="${curcontext%:*}-$words[1]:"
        case $words[1] in
)";
constexpr const char* tail = R"(        esac
        ;;
    esac
}

# Called as a function from a folder of fpath, or sourced.
if [[ ${funcstack[1]} == _fwlearn ]]; then
    _fwlearn "$@"
else
    compdef _fwlearn fwlearn
fi
)";

/// What _arguments and _describe do not take as it is.
std::string escaped(const std::string& text, const char* special) {
    std::string plain;
    for (const char byte : text) {
        if (std::string_view(special).find(byte) != std::string_view::npos) {
            plain += '\\';
        }
        plain += byte;
    }
    return plain;
}

/// ":MESSAGE:ACTION"
std::string action(const CompletionArgument& argument) {
    using Path = CompletionArgument::Path;
    const std::string paths = argument.path == Path::file        ? "_files"
                              : argument.path == Path::directory ? "_files -/"
                                                                 : "";
    const auto words = argument.words.empty() ? "" : fmt::format("({})", fmt::join(argument.words, " "));
    const auto name = escaped(argument.name, "\\:");
    if (!paths.empty() && !words.empty()) {
        // The space: as it stands here, without what _arguments would add.
        return fmt::format(R"(:{}: _alternative "words\:word\:{}" "files\:file\:{}")", name, words, paths);
    }
    // One space: anything may stand here, and nothing is known of it.
    return fmt::format(":{}:{}", name, !paths.empty() ? paths : !words.empty() ? words : " ");
}

std::string spec(const CompletionOption& option) {
    const auto description = "[" + escaped(option.description, "\\[]:") + "]";
    const auto behind = description + (option.is_flag ? "" : action(option.argument));
    // Given once, neither name is offered again.
    const auto excluded =
        !option.is_flag && option.argument.repeated ? "*" : fmt::format("({})", fmt::join(option.names, " "));
    std::vector<std::string> specs;
    for (const auto& name : option.names) {
        // The value in the same word or in the next one.
        const auto how = option.is_flag ? "" : name.starts_with("--") ? "=" : "+";
        specs.push_back(shell_quoted(fmt::format("{}{}{}{}", excluded, name, how, behind)));
    }
    return fmt::format("{}", fmt::join(specs, " "));
}

std::string own_of(const CompletionVerb& verb) {
    std::string script = fmt::format("        {})\n            _arguments -s \"${{global[@]}}\"", verb.name);
    for (const auto& option : verb.options) {
        script += " \\\n                " + spec(option);
    }
    for (const auto& positional : verb.positionals) {
        script +=
            " \\\n                " + shell_quoted((positional.repeated ? "*" : "") + action(positional));
    }
    return script + "\n            ;;\n";
}

} // namespace

std::string zsh_completion(const CompletionWords& words) {
    std::string script = head;
    for (const auto& option : words.global) {
        script += "        " + spec(option) + "\n";
    }
    script += after_global;
    for (const auto& verb : words.verbs) {
        script += "        " + shell_quoted(verb.name + ":" + escaped(verb.description, "\\:")) + "\n";
    }
    script += after_verbs;
    script += "        " + spec(words.help) + " \\\n" + after_help;
    for (const auto& verb : words.verbs) {
        script += own_of(verb);
    }
    return script + tail;
}

} // namespace fwlearn::cli
