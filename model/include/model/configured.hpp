// What a host's settings say that it needs from the network, with the file and line of each: the resolver,
// the package archive, the clock, the mail relay. Evidence for names that were not asked for yet, and words
// for those that were.
// Plain data. Read by collector/host, stored by sql, used by the analyzer.
#pragma once

#include "model/foreign_text.hpp"
#include "model/service.hpp"

#include <vector>

namespace fwlearn::model {

enum class ConfiguredKind : std::uint8_t {
    resolver,     ///< DNS: resolv.conf(5), resolved.conf(5)
    packages,     ///< apt: sources.list(5), mirror lists, apt's proxies
    time,         ///< NTP: chrony.conf(5), timesyncd.conf(5), ntp.conf(5)
    mail,         ///< SMTP relay: postconf(5) relayhost, msmtp
    log,          ///< syslog: rsyslog.conf(5)
    certificates, ///< ACME: certbot
    static_name,  ///< hosts(5): a name with its address
};

/// One destination that a setting names. At least one of `name` and `address` is there.
struct Configured {
    ConfiguredKind kind = ConfiguredKind::resolver;
    ForeignText file;       ///< as the host has it: /etc/apt/sources.list
    std::uint32_t line = 0; ///< from 1
    ForeignText name;       ///< as host_name() gives it; empty where the setting has an address
    std::optional<Address> address;
    /// What is asked for there; protocol 0 where the setting does not tell (hosts(5)).
    Service service;

    auto operator<=>(const Configured&) const = default;
};

} // namespace fwlearn::model
