#include "mail.hpp"

#include <algorithm>

namespace fwlearn::collector::host::settings {
namespace {

struct Value {
    std::uint32_t line = 0;
    std::string_view text;
};

/// The last relayhost, line by line: a line that begins with a blank continues the one before, comments
/// between them notwithstanding (postconf(5)).
std::vector<Value> relayhost(std::string_view text) {
    std::vector<Value> values;
    bool inside = false;
    Lines lines(text);
    while (const auto line = lines.next()) {
        const auto content = trimmed(line->text);
        if (content.empty() || content.front() == '#') {
            continue;
        }
        if (line->text.front() != ' ' && line->text.front() != '\t') {
            const auto set = assignment(line->text);
            inside = set && set->key == "relayhost";
            if (inside) {
                values = {{line->number, set->value}};
            }
        } else if (inside) {
            values.push_back({line->number, content});
        }
    }
    return values;
}

} // namespace

Findings postfix_main(std::string_view text, const model::ForeignText& file) {
    Findings findings;
    for (const auto& [line, value] : relayhost(text)) {
        // Several since Postfix 3.5, tried in turn. Without brackets it is the name's MX that are asked,
        // which only DNS knows; the name is what the setting has.
        std::string list(value);
        std::replace(list.begin(), list.end(), ',', ' ');
        for (const auto word : words_of(list)) {
            if (const auto relay = endpoint(word)) {
                findings.add_port({model::ConfiguredKind::mail, file, line}, *relay, model::protocol::tcp,
                                  25);
            }
        }
    }
    return findings;
}

} // namespace fwlearn::collector::host::settings
