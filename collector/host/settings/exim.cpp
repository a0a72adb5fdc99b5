#include "mail.hpp"

#include <model/ascii.hpp>

namespace fwlearn::collector::host::settings {
namespace {

/// The items of a list that colons or semicolons part, a doubled colon standing for one
/// (update-exim4.conf(8)).
std::vector<std::string> items_of(std::string_view list) {
    std::vector<std::string> items(1);
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (list[i] != ':' && list[i] != ';') {
            items.back() += list[i];
        } else if (list.substr(i, 2) == "::") {
            items.back() += ':';
            ++i;
        } else {
            items.emplace_back();
        }
    }
    return items;
}

} // namespace

Findings exim_conf(std::string_view text, const model::ForeignText& file) {
    Findings findings;
    std::string type;
    std::string relays;
    Place place{model::ConfiguredKind::mail, file, 0};
    Lines lines(text);
    while (const auto line = lines.next()) {
        const auto set = assignment(trimmed(line->text)); // the shell's: NAME='VALUE'
        if (set && set->key == "dc_eximconfig_configtype") {
            type = model::lower_case(unquoted(set->value));
        } else if (set && set->key == "dc_smarthost") {
            relays = unquoted(set->value);
            place.line = line->number;
        }
    }
    // Of the other kinds of setup none asks it.
    if (type == "smarthost" || type == "satellite") {
        for (const auto& item : items_of(relays)) {
            if (const auto relay = endpoint(trimmed(item))) {
                findings.add_port(place, *relay, model::protocol::tcp, 25);
            }
        }
    }
    return findings;
}

} // namespace fwlearn::collector::host::settings
