#include "../small_files.hpp"
#include "resolvers.hpp"
#include "systemd_conf.hpp"

#include <model/ascii.hpp>

#include <map>

namespace fwlearn::collector::host::settings {
namespace {

struct Server {
    Place place;
    Endpoint endpoint;
};

/// ADDRESS[:PORT][%INTERFACE][#NAME], an IPv6 address with a port in brackets (resolved.conf(5), DNS=).
std::optional<Endpoint> server(std::string_view word) {
    auto result = endpoint(before(word, "%#"));
    return result && result->address ? result : std::nullopt;
}

/// parse_boolean() in src/basic/parse-util.c, and the third word that DNSOverTLS= knows.
bool asks_by_tls(const std::string& value) {
    const auto word = model::lower_case(value);
    return word == "1" || word == "yes" || word == "y" || word == "true" || word == "t" || word == "on" ||
           word == "opportunistic";
}

} // namespace

Findings resolved_conf(const std::vector<TextFile>& files) {
    // Of every file together: a list grows with each assignment and ends with an empty one.
    std::map<std::string, std::vector<Server>> lists{{"DNS", {}}, {"FallbackDNS", {}}};
    bool tls = false;
    for (const auto& file : files) {
        for (const auto& [line, key, value] : systemd_settings(file.text, "Resolve")) {
            if (key == "DNSOverTLS") {
                tls = asks_by_tls(value);
            }
            const auto list = lists.find(key);
            if (list == lists.end()) {
                continue;
            }
            if (value.empty()) {
                list->second.clear();
            }
            for (const auto word : words_of(value)) {
                if (const auto found = server(word); found && list->second.size() < most_entries) {
                    list->second.push_back(
                        {{model::ConfiguredKind::resolver, model::ForeignText(file.path), line}, *found});
                }
            }
        }
    }
    Findings findings;
    for (const auto& [key, servers] : lists) {
        for (const auto& [place, resolver] : servers) {
            add_resolver(findings, place, resolver);
            if (tls && resolver.port == 0) { // RFC 7858 3.1; a port of its own is for both
                findings.add(place, resolver, model::Service::port(model::protocol::tcp, 853));
            }
        }
    }
    return findings;
}

} // namespace fwlearn::collector::host::settings
