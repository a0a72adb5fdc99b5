// A text of settings cut into numbered lines, and a line into words. Pure; knows no format. Used by the
// readers of settings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fwlearn::collector::host::settings {

/// A file's bytes with the name that the host has for it.
struct TextFile {
    std::string path;
    std::string text;
};

struct Line {
    std::uint32_t number = 0; ///< from 1
    std::string_view text;    ///< without the newline
};

/// The lines of a text, one after the other; the text has to outlive them.
class Lines {
  public:
    explicit Lines(std::string_view text) : rest_(text) {}
    std::optional<Line> next();

  private:
    std::string_view rest_;
    std::uint32_t number_ = 0;
};

/// Without the blanks around it.
std::string_view trimmed(std::string_view text);
/// Takes the first word off, and the blanks around it.
std::string_view take_word(std::string_view& rest);
std::vector<std::string_view> words_of(std::string_view text);
/// Without a pair of single or double quotes around it.
std::string_view unquoted(std::string_view text);
/// Up to the first of these bytes.
std::string_view before(std::string_view text, std::string_view any_of);

/// "key = value"; nothing where the line has no `separator`.
struct Assignment {
    std::string_view key;
    std::string_view value;
};
std::optional<Assignment> assignment(std::string_view line, char separator = '=');

} // namespace fwlearn::collector::host::settings
