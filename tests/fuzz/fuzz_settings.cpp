// Any bytes as each of the files of settings. What is found has a line of the text, and a host that a rule
// may name.
#include <model/host_name.hpp>

#include <settings/certificates.hpp>
#include <settings/log.hpp>
#include <settings/mail.hpp>
#include <settings/packages.hpp>
#include <settings/resolvers.hpp>
#include <settings/static_names.hpp>
#include <settings/time.hpp>
#include <small_files.hpp>

#include <algorithm>
#include <cstdlib>

namespace {

using namespace fwlearn;
using namespace collector::host::settings;

bool is_sound(const model::Configured& entry, std::string_view text) {
    const auto lines = std::count(text.begin(), text.end(), '\n') + 1;
    const auto& name = entry.name.raw_bytes();
    const bool named = model::host_name(name) == name;
    const bool is_static = entry.kind == model::ConfiguredKind::static_name;
    return entry.line >= 1 && entry.line <= lines && (named || (name.empty() && entry.address)) &&
           is_static == (entry.service.protocol.number == 0) && is_static == (entry.service.detail == 0) &&
           (!entry.address || !entry.address->is_loopback() || entry.kind == model::ConfiguredKind::resolver);
}

void check(const Findings& findings, std::string_view text) {
    if (findings.entries.size() > collector::host::most_entries ||
        !std::all_of(findings.entries.begin(), findings.entries.end(),
                     [text](const auto& entry) { return is_sound(entry, text); }) ||
        !std::all_of(findings.includes.begin(), findings.includes.end(),
                     [](const auto& pattern) { return pattern.starts_with('/'); })) {
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size); // NOLINT: the same octets
    const model::ForeignText file("/etc/x");
    for (auto* const reader :
         {resolv_conf, dnsmasq_conf, unbound_conf, sources_list, deb822_sources, mirror_list, chrony_conf,
          ntp_conf, postfix_main, msmtprc, exim_conf, rsyslog_conf, certbot_cli, hosts}) {
        check(reader(text, file), text);
    }
    check(certbot_renewal(text, file, "https://ca.example/directory"), text);
    const TextFile one{"/etc/x", text};
    check(resolved_conf({one, one}), text);
    check(timesyncd_conf({one, one}, true), text);
    check(apt_proxies({one, one}), text);
    return 0;
}
