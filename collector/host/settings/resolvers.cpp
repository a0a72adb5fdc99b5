#include "resolvers.hpp"

#include "systemd_conf.hpp"

namespace fwlearn::collector::host::settings {

void add_resolver(Findings& findings, const Place& place, const Endpoint& resolver) {
    constexpr std::uint16_t dns = 53;
    findings.add_port(place, resolver, model::protocol::udp, dns);
    findings.add_port(place, resolver, model::protocol::tcp, dns);
}

Findings resolv_conf(std::string_view text, const model::ForeignText& file) {
    Findings findings;
    Lines lines(text);
    while (const auto line = lines.next()) {
        // The keyword starts the line; what follows the address is passed over (resolv/res_init.c of glibc).
        auto rest = line->text;
        if (!rest.starts_with("nameserver") || take_word(rest) != "nameserver") {
            continue;
        }
        // An address, not a name. glibc takes the first three; a dnsmasq that reads the same file takes all.
        if (const auto resolver = endpoint(before(take_word(rest), ";#"), {});
            resolver && resolver->address) {
            add_resolver(findings, {model::ConfiguredKind::resolver, file, line->number}, *resolver);
        }
    }
    return findings;
}

std::vector<model::Configured> read_resolvers(HostFiles& files) {
    Findings all = read_each(files, {"/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"}, resolv_conf);
    all.append(resolved_conf(systemd_files(files, "resolved.conf")));
    // Debian's start scripts give dnsmasq the folder (CONFIG_DIR in /etc/default/dnsmasq).
    all.append({read_with_includes(files, {"/etc/dnsmasq.conf", "/etc/dnsmasq.d/*"}, dnsmasq_conf), {}});
    all.append({read_with_includes(files, {"/etc/unbound/unbound.conf"}, unbound_conf), {}});
    return std::move(all.entries);
}

} // namespace fwlearn::collector::host::settings
