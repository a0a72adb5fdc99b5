// Which clocks the host asks: chrony's, systemd-timesyncd's, ntpd's. Used by read_settings(); the readers of
// texts are pure.
#pragma once

#include "findings.hpp"
#include "text.hpp"

namespace fwlearn::collector::host::settings {

std::vector<model::Configured> read_time(HostFiles& files);

/// chrony.conf(5), and the files of its source folders.
Findings chrony_conf(std::string_view text, const model::ForeignText& file);
/// ntp.conf(5), of ntp and ntpsec.
Findings ntp_conf(std::string_view text, const model::ForeignText& file);
/// timesyncd.conf(5) with its drop-ins, in the order in which they are read. Where the program is installed
/// and no file sets FallbackNTP=, the commented line of the package's file counts, which shows what is
/// compiled in.
Findings timesyncd_conf(const std::vector<TextFile>& files, bool installed);

/// NTP (RFC 5905) at the server's port and, with `nts`, its key exchange (RFC 8915 4) at `nts_port`.
void add_clock(Findings& findings, const Place& place, const Endpoint& server, bool nts,
               std::uint16_t nts_port = 4460);

} // namespace fwlearn::collector::host::settings
