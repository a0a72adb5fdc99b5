#include "packages.hpp"

#include <model/ascii.hpp>

#include <algorithm>

namespace fwlearn::collector::host::settings {
namespace {

/// What apt takes in its folders (sources.list(5), apt.conf(5)); all else is an editor's or a package's
/// leftover.
bool has_plain_name(std::string_view name) {
    return !name.starts_with('.') && std::all_of(name.begin(), name.end(), [](char byte) {
        return model::is_letter_or_digit(byte) || byte == '_' || byte == '-' || byte == '.';
    });
}

std::vector<std::string> sources(const HostFiles& files, std::string_view extension) {
    const std::string folder = "/etc/apt/sources.list.d/";
    std::vector<std::string> paths;
    for (const auto& name : files.names(folder)) {
        if (has_plain_name(name) && name.ends_with(extension)) {
            paths.push_back(folder + name);
        }
    }
    return paths;
}

/// apt.conf.d by name, then apt.conf.
std::vector<TextFile> configuration(HostFiles& files) {
    std::vector<std::string> paths;
    const std::string folder = "/etc/apt/apt.conf.d/";
    for (const auto& name : files.names(folder)) {
        if (has_plain_name(name) && (name.find('.') == std::string::npos || name.ends_with(".conf"))) {
            paths.push_back(folder + name);
        }
    }
    paths.emplace_back("/etc/apt/apt.conf");
    std::vector<TextFile> result;
    for (const auto& path : paths) {
        if (auto text = files.read(path)) {
            result.push_back({path, std::move(*text)});
        }
    }
    return result;
}

} // namespace

void add_source(Findings& findings, const Place& place, std::string_view text) {
    auto source = uri(text);
    if (!source) {
        return;
    }
    auto& scheme = source->scheme;
    if (scheme == "mirror+file" || scheme == "mirror+copy") {
        findings.include(std::string(source->path));
        return;
    }
    if (scheme == "mirror") { // the list is fetched by http (apt-transport-mirror(1))
        scheme = "http";
    } else if (scheme.starts_with("mirror+")) {
        scheme.erase(0, std::string_view("mirror+").size());
    }
    if (source->host && (scheme == "http" || scheme == "https")) {
        findings.add_port(place, *source->host, model::protocol::tcp, scheme == "http" ? 80 : 443);
    }
}

Findings mirror_list(std::string_view text, const model::ForeignText& file) {
    Findings findings;
    Lines lines(text);
    while (const auto line = lines.next()) {
        auto rest = trimmed(line->text);
        if (!rest.starts_with('#')) { // a URI, then a tab and what it is good for
            add_source(findings, {model::ConfiguredKind::packages, file, line->number}, take_word(rest));
        }
    }
    findings.includes.clear(); // a mirror is no list again
    return findings;
}

std::vector<model::Configured> read_packages(HostFiles& files) {
    auto all = read_each(files, {"/etc/apt/sources.list"}, sources_list);
    all.append(read_each(files, sources(files, ".list"), sources_list));
    all.append(read_each(files, sources(files, ".sources"), deb822_sources));
    auto lists = std::move(all.includes);
    all.includes.clear();
    std::sort(lists.begin(), lists.end());
    lists.erase(std::unique(lists.begin(), lists.end()), lists.end());
    all.append(read_each(files, lists, mirror_list));
    all.append(apt_proxies(configuration(files)));
    return std::move(all.entries);
}

} // namespace fwlearn::collector::host::settings
