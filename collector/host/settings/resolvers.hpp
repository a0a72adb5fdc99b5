// Which name servers the host asks: the C library's, systemd-resolved's, and those to which a dnsmasq or an
// unbound of its own forwards. Used by read_settings(); the readers of texts are pure.
#pragma once

#include "findings.hpp"
#include "text.hpp"

namespace fwlearn::collector::host::settings {

std::vector<model::Configured> read_resolvers(HostFiles& files);

/// resolv.conf(5).
Findings resolv_conf(std::string_view text, const model::ForeignText& file);
/// resolved.conf(5) with its drop-ins, in the order in which they are read.
Findings resolved_conf(const std::vector<TextFile>& files);
/// dnsmasq(8): server=, local=, rev-server=.
Findings dnsmasq_conf(std::string_view text, const model::ForeignText& file);
/// unbound.conf(5): forward-addr:, forward-host:, stub-addr:, stub-host:.
Findings unbound_conf(std::string_view text, const model::ForeignText& file);

/// DNS is asked by UDP, and by TCP where the answer is too long for it (RFC 7766 5).
void add_resolver(Findings& findings, const Place& place, const Endpoint& resolver);

} // namespace fwlearn::collector::host::settings
