#include "text.hpp"

#include <algorithm>

namespace fwlearn::collector::host::settings {
namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";

} // namespace

std::optional<Line> Lines::next() {
    if (rest_.empty()) {
        return std::nullopt;
    }
    const auto end = std::min(rest_.find('\n'), rest_.size());
    const Line line{++number_, rest_.substr(0, end)};
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return line;
}

std::string_view trimmed(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

std::string_view take_word(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
    const auto word = rest.substr(0, rest.find_first_of(blanks));
    rest.remove_prefix(word.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
    return word;
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    for (auto word = take_word(text); !word.empty(); word = take_word(text)) {
        words.push_back(word);
    }
    return words;
}

std::string_view unquoted(std::string_view text) {
    const bool quoted =
        text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
    return quoted ? text.substr(1, text.size() - 2) : text;
}

std::string_view before(std::string_view text, std::string_view any_of) {
    return text.substr(0, text.find_first_of(any_of));
}

std::optional<Assignment> assignment(std::string_view line, char separator) {
    const auto at = line.find(separator);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    return Assignment{trimmed(line.substr(0, at)), trimmed(line.substr(at + 1))};
}

} // namespace fwlearn::collector::host::settings
