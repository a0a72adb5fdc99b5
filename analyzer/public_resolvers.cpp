#include "public_resolvers.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace fwlearn::analyzer {
namespace {

/// Addresses that serve names alone.
constexpr std::array<std::string_view, 26> addresses{
    "1.0.0.1",
    "1.1.1.1",
    "2606:4700:4700::1001",
    "2606:4700:4700::1111", // Cloudflare
    "8.8.4.4",
    "8.8.8.8",
    "2001:4860:4860::8844",
    "2001:4860:4860::8888", // Google
    "9.9.9.9",
    "9.9.9.10",
    "9.9.9.11",
    "149.112.112.112",
    "2620:fe::9",
    "2620:fe::fe", // Quad9
    "208.67.220.220",
    "208.67.222.222",
    "2620:119:35::35",
    "2620:119:53::53", // OpenDNS
    "94.140.14.14",
    "94.140.15.15", // AdGuard
    "185.228.168.9",
    "185.228.169.9", // CleanBrowsing
    "194.242.2.2",   // Mullvad
    "76.76.2.0",
    "76.76.10.0",      // Control D
    "185.222.222.222", // DNS.SB
};

/// The name itself, or any below it.
constexpr std::array<std::string_view, 14> names{
    "cloudflare-dns.com", "one.one.one.one",       "dns.google",      "dns.quad9.net",   "doh.opendns.com",
    "dns.opendns.com",    "dns.nextdns.io",        "adguard-dns.com", "doh.dns.sb",      "dns.mullvad.net",
    "dns.controld.com",   "doh.cleanbrowsing.org", "dns0.eu",         "doh.libredns.gr",
};

} // namespace

bool is_public_resolver(const model::Address& address) {
    static const std::set<model::Address> known = [] {
        std::set<model::Address> parsed;
        for (const auto text : addresses) {
            parsed.insert(model::Address::parse(text).value());
        }
        return parsed;
    }();
    return known.contains(address);
}

bool is_public_resolver(std::string_view host_name) {
    return std::any_of(names.begin(), names.end(), [host_name](std::string_view name) {
        return host_name == name || (host_name.size() > name.size() && host_name.ends_with(name) &&
                                     host_name[host_name.size() - name.size() - 1] == '.');
    });
}

} // namespace fwlearn::analyzer
