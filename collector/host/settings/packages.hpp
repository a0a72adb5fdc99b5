// Where apt gets packages from: its sources, the mirrors of mirror lists that the host has, and its proxies.
// Users and passwords of URIs are never kept. Used by read_settings(); the readers of texts are pure.
#pragma once

#include "findings.hpp"
#include "text.hpp"

namespace fwlearn::collector::host::settings {

std::vector<model::Configured> read_packages(HostFiles& files);

/// sources.list(5), one line a source; mirror lists of the host are among `includes`.
Findings sources_list(std::string_view text, const model::ForeignText& file);
/// sources.list(5), DEB822-STYLE FORMAT; the same.
Findings deb822_sources(std::string_view text, const model::ForeignText& file);
/// A mirror list (apt-transport-mirror(1)).
Findings mirror_list(std::string_view text, const model::ForeignText& file);
/// apt.conf(5): Acquire::http::Proxy and Acquire::https::Proxy, in the order in which the files are read.
Findings apt_proxies(const std::vector<TextFile>& files);

/// The URI of a source: a host, a mirror list, or nothing that apt needs the network for.
void add_source(Findings& findings, const Place& place, std::string_view text);

} // namespace fwlearn::collector::host::settings
