#include "shell_words.hpp"

#include <algorithm>

namespace fwlearn::collector::process {
namespace {

constexpr std::string_view between_words = " \t\n\r\f\v;|&()<>`";
constexpr std::string_view between_commands = ";|&()`";

bool is_one_of(std::string_view set, char byte) {
    return set.find(byte) != std::string_view::npos;
}

/// What is in the quotes that begin at `at`; `at` is then behind them.
std::string quoted(std::string_view line, std::size_t& at) {
    const char quote = line[at++];
    std::string plain;
    for (; at < line.size() && line[at] != quote; ++at) {
        // Within double quotes a backslash keeps its meaning before these only.
        const bool escape =
            quote == '"' && line[at] == '\\' && at + 1 < line.size() && is_one_of("\"\\$`", line[at + 1]);
        plain += line[escape ? ++at : at];
    }
    at = std::min(at + 1, line.size());
    return plain;
}

} // namespace

std::optional<ShellPiece> next_piece(std::string_view& rest) {
    if (rest.empty()) {
        return std::nullopt;
    }
    ShellPiece piece;
    std::size_t at = 0;
    if (is_one_of(between_words, rest.front())) {
        bool redirection = false; // >&, &>: this & ends nothing
        for (; at < rest.size() && is_one_of(between_words, rest[at]); ++at) {
            redirection = redirection || rest[at] == '<' || rest[at] == '>';
            piece.ends_command = piece.ends_command || is_one_of(between_commands, rest[at]);
        }
        piece.ends_command = piece.ends_command && !redirection;
    } else {
        piece.word = true;
        while (at < rest.size() && !is_one_of(between_words, rest[at])) {
            if (rest[at] == '\'' || rest[at] == '"') {
                piece.plain += quoted(rest, at);
                continue;
            }
            at += rest[at] == '\\' && at + 1 < rest.size() ? 1 : 0;
            piece.plain += rest[at++];
        }
    }
    piece.raw = rest.substr(0, at);
    rest.remove_prefix(at);
    return piece;
}

bool has_shell_syntax(std::string_view text) {
    return text.find_first_of(between_words) != std::string_view::npos;
}

} // namespace fwlearn::collector::process
