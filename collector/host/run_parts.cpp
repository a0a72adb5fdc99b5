#include "run_parts.hpp"

#include "../process/shell_words.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace fwlearn::collector::host {
namespace {

using Words = std::vector<std::string>;

struct SimpleCommand {
    Words words;
    std::string ended_by; ///< "||", "&&", ";"
};

bool is_keyword(const std::string& word) {
    constexpr std::array<std::string_view, 6> keywords{"{", "}", "if", "then", "else", "fi"};
    return std::find(keywords.begin(), keywords.end(), word) != keywords.end();
}

std::string without_blanks(std::string_view text) {
    std::string result;
    std::copy_if(text.begin(), text.end(), std::back_inserter(result),
                 [](char byte) { return byte != ' ' && byte != '\t'; });
    return result;
}

std::vector<SimpleCommand> simple_commands(std::string_view text) {
    std::vector<SimpleCommand> commands(1);
    while (const auto piece = process::next_piece(text)) {
        if (piece->word) {
            if (!commands.back().words.empty() || !is_keyword(piece->plain)) {
                commands.back().words.push_back(piece->plain);
            }
        } else if (piece->ends_command) {
            commands.back().ended_by += without_blanks(piece->raw);
            if (!commands.back().words.empty()) {
                commands.emplace_back();
            }
        }
    }
    return commands;
}

std::string_view program_of(std::string_view word) {
    return word.substr(word.rfind('/') + 1);
}

/// Anybody with a crontab may write one: nothing that costs regcomp(3) or regexec(3) more than its length.
bool is_cheap(const std::string& expression) {
    constexpr std::size_t longest = 256;
    return expression.size() <= longest && expression.find_first_of("{}") == std::string::npos &&
           std::adjacent_find(expression.begin(), expression.end(), [](char one, char next) {
               return one == '\\' && next >= '0' && next <= '9';
           }) == expression.end();
}

/// What --lsbsysinit takes as well (debianutils' run-parts.c: LANANA's three kinds of names).
constexpr const char* lsb_names = "^(_?([a-z0-9_.]+-)+[a-z0-9]+|[a-z0-9][a-z0-9-]*)$";

/// The folder that run-parts is given, and which names; no folder where it only lists or tests. Options of
/// run-parts(8) whose value may be the next word are passed over with it.
RunParts folder_of(Words::const_iterator word, Words::const_iterator end) {
    constexpr std::array<std::string_view, 4> with_value{"-a", "--arg", "-u", "--umask"};
    constexpr std::string_view regex = "--regex";
    RunParts runs;
    constexpr std::array<std::string_view, 3> without_runs{"--test", "--list", "--version"};
    for (; word != end; ++word) {
        if (std::find(without_runs.begin(), without_runs.end(), *word) != without_runs.end()) {
            return {};
        }
        if (*word == "--lsbsysinit") {
            runs.names = lsb_names;
        } else if (word->starts_with(regex) && word->size() > regex.size() && (*word)[regex.size()] == '=') {
            runs.names = word->substr(regex.size() + 1);
        } else if (*word == regex && word + 1 != end) {
            runs.names = *++word;
        } else if (std::find(with_value.begin(), with_value.end(), *word) != with_value.end()) {
            if (++word == end) {
                return {};
            }
        } else if (!word->starts_with('-')) {
            auto folder = *word;
            while (folder.size() > 1 && folder.ends_with('/')) {
                folder.pop_back();
            }
            runs.folder = folder.starts_with('/') && is_cheap(runs.names) ? folder : std::string();
            return runs;
        }
    }
    return {};
}

/// The file of `test -x FILE || ...`, `[ -x FILE ] || ...`.
std::string condition_of(const SimpleCommand& command) {
    const auto& words = command.words;
    const bool tests = words.size() > 2 && (words[0] == "test" || words[0] == "[") && words[1] == "-x" &&
                       command.ended_by.starts_with("||");
    return tests ? words[2] : std::string();
}

bool only_leads_there(const SimpleCommand& command) {
    constexpr std::array<std::string_view, 5> leading{"cd", "test", "[", ":", "true"};
    return command.words.empty() ||
           std::find(leading.begin(), leading.end(), command.words.front()) != leading.end();
}

} // namespace

std::optional<RunParts> run_parts_in(std::string_view command) {
    std::optional<RunParts> found;
    std::string unless;
    bool alone = true;
    for (const auto& simple : simple_commands(command)) {
        const auto& words = simple.words;
        const auto program = std::find_if(words.begin(), words.end(), [](const std::string& word) {
            return program_of(word) == "run-parts";
        });
        auto runs = program == words.end() ? RunParts() : folder_of(program + 1, words.end());
        if (!runs.folder.empty() && !found) {
            found = std::move(runs);
            found->unless = unless;
        } else if (!only_leads_there(simple)) {
            alone = false;
        } else if (unless.empty()) {
            unless = condition_of(simple);
        }
    }
    if (found) {
        found->alone = alone;
    }
    return found;
}

} // namespace fwlearn::collector::host
