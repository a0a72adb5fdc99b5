// Cuts a shell's command line into words, near enough to show it to people: quotes and backslashes as sh(1)
// has them, nothing expanded. Pure, linear in the line's length, takes any bytes. Used by the redaction.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fwlearn::collector::process {

/// A word, or what is between two words.
struct ShellPiece {
    std::string_view raw; ///< as it stands in the line
    std::string plain;    ///< without quotes and backslashes; empty for what is between words
    bool word = false;
    bool ends_command = false; ///< between two commands: one of ; | & ( ) `
};

/// Takes the first piece off `rest`; nothing when `rest` is empty. A quote that is not closed goes on to the
/// end.
std::optional<ShellPiece> next_piece(std::string_view& rest);

/// Whether it can be more than one word.
bool has_shell_syntax(std::string_view text);

} // namespace fwlearn::collector::process
