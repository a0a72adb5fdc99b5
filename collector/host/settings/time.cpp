#include "time.hpp"

#include "systemd_conf.hpp"

namespace fwlearn::collector::host::settings {

void add_clock(Findings& findings, const Place& place, const Endpoint& server, bool nts,
               std::uint16_t nts_port) {
    findings.add_port(place, server, model::protocol::udp, 123);
    if (nts) {
        findings.add(place, server, model::Service::port(model::protocol::tcp, nts_port));
    }
}

std::vector<model::Configured> read_time(HostFiles& files) {
    Findings all;
    all.append({read_with_includes(files, {"/etc/chrony/chrony.conf"}, chrony_conf), {}});
    // Its file stays behind when chrony or ntpd takes its place.
    const bool installed =
        files.exists("/usr/lib/systemd/systemd-timesyncd") || files.exists("/lib/systemd/systemd-timesyncd");
    all.append(timesyncd_conf(systemd_files(files, "timesyncd.conf"), installed));
    all.append({read_with_includes(
                    files, {"/etc/ntp.conf", "/etc/ntpsec/ntp.conf", "/etc/ntpsec/ntp.d/*.conf"}, ntp_conf),
                {}});
    return std::move(all.entries);
}

} // namespace fwlearn::collector::host::settings
