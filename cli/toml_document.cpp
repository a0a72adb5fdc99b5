#include "toml_document.hpp"

#include <model/errors.hpp>
#include <model/foreign_text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace fwlearn::cli {
namespace {

/// Where a string that begins at `at` ends, or `at` itself where none does.
std::size_t end_of_string(std::string_view text, std::size_t at) {
    const char quote = text[at];
    if (quote != '"' && quote != '\'') {
        return at;
    }
    const std::string delimiter(text.substr(at, 3) == std::string(3, quote) ? 3 : 1, quote);
    for (auto next = at + delimiter.size(); next < text.size(); ++next) {
        if (text[next] == '\\' && quote == '"') {
            ++next;
        } else if (text.substr(next, delimiter.size()) == delimiter) {
            return next + delimiter.size();
        } else if (text[next] == '\n' && delimiter.size() == 1) {
            return next;
        }
    }
    return text.size();
}

/// toml++ keeps tables in tables and frees them one within the other, for as many dots as keys have: it would
/// need a stack as deep. Nothing that stands here needs many dots outside of strings.
void check_depth(std::string_view text, const std::string& file, const char* what) {
    constexpr std::size_t most_dots = 1000;
    std::size_t dots = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = end_of_string(text, at);
        if (end > at) {
            at = end;
        } else if (text[at] == '#') {
            at = std::min(text.find('\n', at), text.size());
        } else {
            dots += text[at++] == '.' ? 1 : 0;
        }
    }
    if (dots > most_dots) {
        throw model::UsageError(fmt::format("{}:1:1: this is no {}: tables within tables",
                                            model::for_terminal(model::ForeignText(file)), what));
    }
}

} // namespace

void refuse_toml(const std::string& file, const toml::source_region& where, const std::string& why) {
    throw model::UsageError(fmt::format("{}:{}:{}: {}", model::for_terminal(model::ForeignText(file)),
                                        where.begin.line, where.begin.column, why));
}

std::string in_quotes(std::string_view text) {
    return "'" + model::for_terminal(model::ForeignText(text)) + "'";
}

toml::table parse_toml(std::string_view text, const std::string& file, const char* what) {
    check_depth(text, file, what);
    try {
        return toml::parse(text);
    } catch (const toml::parse_error& error) {
        refuse_toml(file, error.source(), model::for_terminal(model::ForeignText(error.description())));
    }
}

} // namespace fwlearn::cli
