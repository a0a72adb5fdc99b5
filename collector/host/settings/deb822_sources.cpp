#include "packages.hpp"

#include <model/ascii.hpp>

namespace fwlearn::collector::host::settings {
namespace {

struct Uris {
    std::uint32_t line = 0;
    std::string_view text;
};

/// The fields of one entry that tell where it is.
struct Stanza {
    std::vector<Uris> uris; ///< line by line
    bool enabled = true;
};

/// What StringToBool() in apt-pkg/contrib/strutl.cc takes for no.
bool is_no(std::string_view value) {
    const auto word = model::lower_case(value);
    return word == "no" || word == "false" || word == "without" || word == "off" || word == "disable" ||
           word == "0";
}

void finish(Findings& findings, const model::ForeignText& file, Stanza& stanza) {
    for (const auto& [line, text] : stanza.uris) {
        for (const auto word : words_of(stanza.enabled ? text : std::string_view())) {
            add_source(findings, {model::ConfiguredKind::packages, file, line}, word);
        }
    }
    stanza = {};
}

} // namespace

Findings deb822_sources(std::string_view text, const model::ForeignText& file) {
    Findings findings;
    Stanza stanza;
    bool in_uris = false;
    Lines lines(text);
    while (const auto line = lines.next()) {
        if (line->text.starts_with('#')) { // even between the lines of a field
            continue;
        }
        if (trimmed(line->text).empty()) {
            finish(findings, file, stanza);
            in_uris = false;
        } else if (line->text.front() == ' ' || line->text.front() == '\t') {
            if (in_uris) {
                stanza.uris.push_back({line->number, line->text});
            }
        } else if (const auto field = assignment(line->text, ':')) {
            const auto name = model::lower_case(field->key);
            in_uris = name == "uris" || name == "uri";
            if (in_uris) {
                stanza.uris.push_back({line->number, field->value});
            } else if (name == "enabled") {
                stanza.enabled = !is_no(field->value);
            }
        }
    }
    finish(findings, file, stanza);
    return findings;
}

} // namespace fwlearn::collector::host::settings
