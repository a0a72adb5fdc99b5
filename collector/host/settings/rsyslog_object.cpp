#include "rsyslog_object.hpp"

#include <model/ascii.hpp>

#include <algorithm>

namespace fwlearn::collector::host::settings {

std::string_view Cursor::take(std::size_t size) {
    const auto taken = rest_.substr(0, size);
    line_ += static_cast<std::uint32_t>(std::count(taken.begin(), taken.end(), '\n'));
    rest_.remove_prefix(taken.size());
    return taken;
}

void Cursor::skip_blanks() {
    for (;;) {
        take(std::min(rest_.find_first_not_of(" \t\r\n\v\f"), rest_.size()));
        if (rest_.starts_with('#')) {
            take(std::min(rest_.find('\n'), rest_.size()));
        } else if (rest_.starts_with("/*")) {
            const auto end = rest_.find("*/", 2);
            take(end == std::string_view::npos ? rest_.size() : end + 2);
        } else {
            return;
        }
    }
}

std::string take_string(Cursor& cursor) {
    const char quote = cursor.front();
    cursor.take(1);
    std::string value;
    while (!cursor.rest().empty() && cursor.front() != quote) {
        cursor.take(cursor.front() == '\\' ? 1 : 0);
        value += cursor.take(1);
    }
    cursor.take(1);
    return value;
}

Parameters take_parameters(Cursor& cursor) {
    constexpr std::string_view quotes = "\"'";
    Parameters parameters;
    cursor.take(1);
    for (cursor.skip_blanks(); !cursor.rest().empty() && cursor.front() != ')'; cursor.skip_blanks()) {
        const auto name = model::lower_case(
            cursor.take(std::min(cursor.rest().find_first_of(" \t\r\n=()\"'[],#"), cursor.rest().size())));
        cursor.skip_blanks();
        if (name.empty() || cursor.front() != '=') {
            cursor.take(name.empty() ? 1 : 0); // not what it should be
            continue;
        }
        cursor.take(1);
        cursor.skip_blanks();
        Parameter parameter{cursor.line(), {}};
        const bool is_array = cursor.front() == '[';
        cursor.take(is_array ? 1 : 0);
        for (cursor.skip_blanks(); quotes.find(cursor.front()) != std::string_view::npos;
             cursor.skip_blanks()) {
            parameter.values.push_back(take_string(cursor));
            cursor.skip_blanks();
            if (!is_array || cursor.front() != ',') {
                break;
            }
            cursor.take(1);
        }
        parameters[name] = std::move(parameter);
    }
    if (cursor.rest().empty()) { // never closed: rsyslog takes none of it
        return {};
    }
    cursor.take(1);
    return parameters;
}

} // namespace fwlearn::collector::host::settings
