#include "jobs.hpp"

#include <model/protocol.hpp>

#include <stdexcept>

namespace fwlearn::kernel_test {

using model::TaskKind;

Expectations expectations(const std::string& alice_uid) {
    return {
        // cron: /etc/crontab, run-parts, a script with a secret, @reboot, cron.d, a user's crontab; anacron;
        // at
        {"203.0.113.1", {TaskKind::cron, "/etc/crontab:5", job, "root"}},
        {"203.0.113.2", {TaskKind::cron, "/etc/cron.quick/report", job, "root"}},
        {"203.0.113.3",
         {TaskKind::cron, "/etc/crontab:7", "/usr/bin/python3.11", "shop", "/usr/local/bin/stock"}},
        {"203.0.113.4", {TaskKind::cron, "/etc/cron.d/shop:2", job, "shop"}},
        {"203.0.113.5", {TaskKind::cron, "/etc/cron.d/shop:3", job, "shop"}},
        {"203.0.113.6",
         {TaskKind::cron, "/etc/cron.nightly/backup", "/usr/bin/bash", "root", "/etc/cron.nightly/backup"}},
        {"203.0.113.7", {TaskKind::cron, "/var/spool/cron/crontabs/alice:1", job, "alice"}},
        {"203.0.113.18", {TaskKind::cron, "at job of uid " + alice_uid, job, "alice"}},
        // timers: of the same name, with Unit=, and apt's own
        {"203.0.113.8", {TaskKind::timer, "tiny.timer", job, "root"}},
        {"203.0.113.9", {TaskKind::timer, "weekly.timer", job, "shop"}},
        {"203.0.113.22", {TaskKind::timer, "apt-daily.timer", "/usr/lib/apt/methods/http", "_apt"}},
        // services: DynamicUser=, Python, an instance, a user's own, Debian's
        {"203.0.113.10", {TaskKind::service, "dynamic.service", job, ""}},
        {"203.0.113.11",
         {TaskKind::service, "shop.service", "/usr/bin/python3.11", "shop", "/usr/local/lib/shop/shop.py"}},
        {"203.0.113.12", {TaskKind::service, "worker@5001.service", job, "root"}},
        {"203.0.113.14", {TaskKind::service, "sync.service (uid " + alice_uid + ")", job, "alice"}},
        {"203.0.113.20", {TaskKind::service, "chrony.service", "/usr/sbin/chronyd", "_chrony"}},
        {"203.0.113.21", {TaskKind::service, "rsyslog.service", "/usr/sbin/rsyslogd", "root"}},
        // a container, and logins
        {"203.0.113.13", {TaskKind::container, "web", "/send", "root"}},
        {"203.0.113.15", {TaskKind::session, "ssh, uid 0", job, "root"}},
        {"203.0.113.16", {TaskKind::session, "ssh, uid " + alice_uid, job, "alice"}},
        {"203.0.113.17", {TaskKind::session, "ssh, uid " + alice_uid, job, "alice"}},
    };
}

Place place_of(CableEnd::Packet packet) {
    const bool v4 = packet[0] >> 4 == 4;
    if (!v4 && packet[0] >> 4 != 6) {
        return {}; // ARP
    }
    const auto address = v4 ? packet.subspan(16, 4) : packet.subspan(24, 16);
    const auto protocol = model::Protocol{packet[v4 ? 9 : 6]};
    auto place = model::Address::from_octets(address)->to_string() + " " + protocol.name();
    if (protocol.has_ports()) {
        const auto ports = packet.subspan(v4 ? (packet[0] & 0xfU) * 4U : 40U);
        place += "/" + std::to_string(ports[2] << 8 | ports[3]);
    }
    return place;
}

std::string address_of(const Place& place) {
    return place.substr(0, place.find(' '));
}

std::set<Place> wait_for_all(CableEnd& cable, const Expectations& expected) {
    std::set<std::string> missing;
    std::set<Place> seen;
    for (const auto& [address, who] : expected) {
        missing.insert(address);
    }
    try {
        // cron's jobs come once a minute.
        cable.wait_for(
            [&](CableEnd::Packet packet) {
                const auto place = place_of(packet);
                missing.erase(address_of(place));
                seen.insert(place);
                return missing.empty();
            },
            std::chrono::seconds(150));
    } catch (const std::exception& error) {
        std::string said = error.what();
        for (const auto& address : missing) {
            said += "\nnothing was sent to " + address + ", by " + expected.at(address).task;
        }
        throw std::runtime_error(said);
    }
    return seen;
}

} // namespace fwlearn::kernel_test
