#include "resolvers.hpp"

namespace fwlearn::collector::host::settings {
namespace {

/// [/DOMAIN/.../]SERVER[#PORT][@INTERFACE][@SOURCE]; of a domain that is local or goes the usual way
/// (/DOMAIN/#) nothing.
std::optional<Endpoint> server(std::string_view value) {
    if (value.starts_with('/')) {
        value = value.substr(value.rfind('/') + 1);
    }
    value = before(value, "@");
    const auto hash = value.find('#');
    return hash == std::string_view::npos ? endpoint(value, {})
                                          : endpoint(value.substr(0, hash), value.substr(hash + 1));
}

/// A # begins a comment after a blank (read_file() in src/option.c); quotes are read there too.
std::string_view without_comment(std::string_view line) {
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) {
            return line.substr(0, i);
        }
    }
    return line;
}

/// FOLDER[,EXTENSION...]: all files, or those of the extensions that begin with a star.
void include_folder(Findings& findings, std::string_view value) {
    const auto folder = std::string(before(value, ",")) + "/";
    bool chosen = false;
    for (auto comma = value.find(','); comma != std::string_view::npos; comma = value.find(',')) {
        value.remove_prefix(comma + 1);
        if (const auto extension = trimmed(before(value, ",")); extension.starts_with('*')) {
            findings.include(folder + std::string(extension));
            chosen = true;
        }
    }
    if (!chosen) {
        findings.include(folder + "*");
    }
}

} // namespace

Findings dnsmasq_conf(std::string_view text, const model::ForeignText& file) {
    Findings findings;
    Lines lines(text);
    while (const auto line = lines.next()) {
        const auto set = assignment(without_comment(line->text));
        if (!set) {
            continue;
        }
        const auto value = unquoted(set->value);
        std::optional<Endpoint> resolver;
        if (set->key == "server" || set->key == "local") {
            resolver = server(value);
        } else if (set->key == "rev-server") { // SUBNET,SERVER
            const auto comma = value.find(',');
            resolver = comma == std::string_view::npos ? std::nullopt : server(value.substr(comma + 1));
        } else if (set->key == "conf-file" || set->key == "servers-file") {
            findings.include(std::string(value));
        } else if (set->key == "conf-dir") {
            include_folder(findings, value);
        }
        if (resolver) {
            add_resolver(findings, {model::ConfiguredKind::resolver, file, line->number}, *resolver);
        }
    }
    return findings;
}

} // namespace fwlearn::collector::host::settings
