#include "findings.hpp"

#include "../small_files.hpp"

#include <algorithm>
#include <set>

namespace fwlearn::collector::host::settings {

void Findings::add(const Place& place, const Endpoint& endpoint, model::Service service) {
    // A stub on this host is a name server whose answers count, though nothing leaves the host for it.
    const bool own_resolver =
        place.kind == model::ConfiguredKind::resolver && endpoint.address && endpoint.address->is_loopback();
    if ((endpoint.is_elsewhere() || own_resolver) && entries.size() < most_entries) {
        entries.push_back({place.kind, place.file, place.line, model::ForeignText(endpoint.name),
                           endpoint.address, service});
    }
}

void Findings::add_port(const Place& place, const Endpoint& endpoint, model::Protocol protocol,
                        std::uint16_t usual) {
    add(place, endpoint, model::Service::port(protocol, endpoint.port == 0 ? usual : endpoint.port));
}

void Findings::include(std::string pattern) {
    // A folder given with its slash and one given without are one, or a file would be read twice.
    pattern.erase(std::unique(pattern.begin(), pattern.end(),
                              [](char one, char next) { return one == '/' && next == '/'; }),
                  pattern.end());
    constexpr std::size_t most_includes = 1000;
    if (pattern.starts_with('/') && includes.size() < most_includes) {
        includes.push_back(std::move(pattern));
    }
}

void Findings::append(Findings other) {
    for (auto& entry : other.entries) {
        if (entries.size() < most_entries) {
            entries.push_back(std::move(entry));
        }
    }
    for (auto& pattern : other.includes) {
        include(std::move(pattern));
    }
}

Findings read_each(HostFiles& files, const std::vector<std::string>& paths, const Reader& reader) {
    Findings findings;
    for (const auto& path : paths) {
        if (const auto text = files.read(path)) {
            findings.append(reader(*text, model::ForeignText(path)));
        }
    }
    return findings;
}

std::vector<model::Configured> read_with_includes(HostFiles& files, std::vector<std::string> patterns,
                                                  const Reader& reader) {
    constexpr int deepest = 16; // unbound's and rsyslog's own limits are of this size
    Findings all;
    std::set<std::string> seen;
    for (int depth = 0; depth < deepest && !patterns.empty(); ++depth) {
        std::vector<std::string> paths;
        for (const auto& pattern : patterns) {
            if (!seen.insert(pattern).second) {
                continue;
            }
            for (auto& path : files.matching(pattern)) {
                if (path == pattern || seen.insert(path).second) {
                    paths.push_back(std::move(path));
                }
            }
        }
        auto findings = read_each(files, paths, reader);
        patterns = std::move(findings.includes);
        findings.includes.clear();
        all.append(std::move(findings));
    }
    return std::move(all.entries);
}

} // namespace fwlearn::collector::host::settings
