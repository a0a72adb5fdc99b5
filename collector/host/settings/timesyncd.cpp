#include "../small_files.hpp"
#include "systemd_conf.hpp"
#include "time.hpp"

#include <map>

namespace fwlearn::collector::host::settings {
namespace {

struct Server {
    Place place;
    Endpoint endpoint;
};
using Servers = std::vector<Server>;

/// A list grows with each assignment and ends with an empty one (timesyncd.conf(5), NTP=).
void assign(Servers& servers, const std::string& path, std::uint32_t line, std::string_view value) {
    if (value.empty()) {
        servers.clear();
    }
    for (const auto word : words_of(value)) {
        if (const auto server = endpoint(word, {}); server && servers.size() < most_entries) {
            servers.push_back({{model::ConfiguredKind::time, model::ForeignText(path), line}, *server});
        }
    }
}

/// "Entries in this file show the compile time defaults" (the head of the file that systemd ships).
Servers compiled_in(const TextFile& file) {
    Servers servers;
    Lines lines(file.text);
    while (const auto line = lines.next()) {
        constexpr std::string_view key = "#FallbackNTP=";
        if (line->text.starts_with(key)) {
            assign(servers, file.path, line->number, trimmed(line->text.substr(key.size())));
        }
    }
    return servers;
}

} // namespace

Findings timesyncd_conf(const std::vector<TextFile>& files, bool installed) {
    std::map<std::string, Servers> lists{{"NTP", {}}};
    for (const auto& file : files) {
        for (const auto& [line, key, value] : systemd_settings(file.text, "Time")) {
            if (key == "NTP" || key == "FallbackNTP") {
                assign(lists[key], file.path, line, value);
            }
        }
    }
    if (installed && !files.empty() && !lists.contains("FallbackNTP")) {
        lists["FallbackNTP"] = compiled_in(files.front());
    }
    Findings findings;
    for (const auto& [key, servers] : lists) {
        for (const auto& [place, server] : servers) {
            add_clock(findings, place, server, false);
        }
    }
    return findings;
}

} // namespace fwlearn::collector::host::settings
