#include "certificates.hpp"

namespace fwlearn::collector::host::settings {
namespace {

/// certbot/_internal/constants.py, CLI_DEFAULTS["server"].
constexpr std::string_view lets_encrypt = "https://acme-v02.api.letsencrypt.org/directory";

void add_directory(Findings& findings, const Place& place, std::string_view text) {
    const auto directory = uri(unquoted(text));
    if (directory && directory->host && (directory->scheme == "https" || directory->scheme == "http")) {
        findings.add_port(place, *directory->host, model::protocol::tcp,
                          directory->scheme == "https" ? 443 : 80);
    }
}

bool is_comment(std::string_view line) {
    return line.starts_with('#') || line.starts_with(';');
}

} // namespace

Findings certbot_cli(std::string_view text, const model::ForeignText& file) {
    Findings findings;
    Lines lines(text);
    while (const auto line = lines.next()) {
        const auto set = is_comment(trimmed(line->text)) ? std::nullopt : assignment(line->text);
        if (set && set->key == "server") {
            add_directory(findings, {model::ConfiguredKind::certificates, file, line->number}, set->value);
        }
    }
    return findings;
}

Findings certbot_renewal(std::string_view text, const model::ForeignText& file, std::string_view usual) {
    Findings findings;
    Place section{model::ConfiguredKind::certificates, file, 0};
    bool inside = false;
    bool has_own = false;
    Lines lines(text);
    while (const auto line = lines.next()) {
        const auto content = trimmed(line->text);
        if (content.starts_with('[')) {
            inside = content == "[renewalparams]"; // [[ ]] is a section within it
            section.line = inside ? line->number : section.line;
        } else if (const auto set = is_comment(content) ? std::nullopt : assignment(content);
                   set && inside && set->key == "server") {
            has_own = true;
            add_directory(findings, {section.kind, file, line->number}, set->value);
        }
    }
    if (!has_own && section.line != 0) {
        add_directory(findings, section, usual);
    }
    return findings;
}

std::vector<model::Configured> read_certificates(HostFiles& files) {
    auto all = read_each(files, {"/etc/letsencrypt/cli.ini"}, certbot_cli);
    const auto usual = all.entries.empty() ? lets_encrypt : std::string_view();
    all.append(read_each(files, files.matching("/etc/letsencrypt/renewal/*.conf"),
                         [usual](std::string_view text, const model::ForeignText& file) {
                             return certbot_renewal(text, file, usual);
                         }));
    return std::move(all.entries);
}

} // namespace fwlearn::collector::host::settings
