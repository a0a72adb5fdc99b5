#include "analyzer/name_addresses.hpp"

#include "metadata_addresses.hpp"

#include <model/prefix.hpp>

#include <algorithm>
#include <array>

namespace fwlearn::analyzer {
namespace {

model::Prefix prefix(const char* text) {
    return *model::Prefix::parse(text);
}

/// A NAT64 gateway makes IPv4 addresses of these (RFC 6052 2.1).
const model::Prefix& translated() {
    static const auto well_known = prefix("64:ff9b::/96");
    return well_known;
}

/// The IPv4 address that an IPv6 address is another form of; every other address as it is.
model::Address as_ipv4(const model::Address& address) {
    if (!translated().contains(address)) {
        return address.unmapped();
    }
    return *model::Address::from_octets(address.octets().last(4));
}

/// The IPv6 addresses of which as_ipv4() makes these on the wire: a mapped one (::ffff:0:0/96) leaves as
/// IPv4.
model::Prefix as_translated(const model::Prefix& ipv4) {
    const auto head = translated().address().octets();
    std::vector<std::uint8_t> octets(head.begin(), head.end());
    const auto tail = ipv4.address().octets();
    std::copy(tail.begin(), tail.end(), octets.end() - static_cast<std::ptrdiff_t>(tail.size()));
    return {*model::Address::from_octets(octets), translated().length() + ipv4.length()};
}

struct Kind {
    model::Prefix prefix;
    const char* what = nullptr;
};

const auto& kinds() {
    static const std::array known{
        Kind{prefix("127.0.0.0/8"), "a loopback address"},
        Kind{prefix("::1"), "a loopback address"},
        Kind{prefix("0.0.0.0/8"), "an unspecified address"}, // this host on this network, RFC 1122 3.2.1.3
        Kind{prefix("::"), "an unspecified address"},
        Kind{prefix("169.254.0.0/16"), "a link-local address"},
        Kind{prefix("fe80::/10"), "a link-local address"},
        Kind{prefix("224.0.0.0/4"), "a multicast address"},
        Kind{prefix("ff00::/8"), "a multicast address"},
        Kind{prefix("255.255.255.255"), "a broadcast address"},
    };
    return known;
}

const auto& private_networks() {
    static const std::array known{prefix("10.0.0.0/8"),     prefix("172.16.0.0/12"),
                                  prefix("192.168.0.0/16"), prefix("100.64.0.0/10"),
                                  prefix("fc00::/7"),       prefix("fec0::/10")}; // as it was before RFC 3879
    return known;
}

} // namespace

const char* why_no_names_address(const model::Address& address) {
    const auto plain = as_ipv4(address);
    if (is_metadata_address(plain)) {
        return "a cloud's metadata, which hand out credentials";
    }
    const auto* const found = std::find_if(
        kinds().begin(), kinds().end(), [&plain](const auto& kind) { return kind.prefix.contains(plain); });
    return found == kinds().end() ? nullptr : found->what;
}

bool is_private(const model::Address& address) {
    return std::any_of(private_networks().begin(), private_networks().end(),
                       [plain = as_ipv4(address)](const auto& network) { return network.contains(plain); });
}

std::vector<model::Prefix> no_names_addresses(model::Family family, bool and_private) {
    std::vector<model::Prefix> all;
    const auto add = [&all, family](const model::Prefix& one) {
        if (one.address().family() == family) {
            all.push_back(one);
        } else if (family == model::Family::ipv6) {
            all.push_back(as_translated(one));
        }
    };
    for (const auto& kind : kinds()) {
        add(kind.prefix);
    }
    for (const auto& address : metadata_addresses()) {
        add(model::Prefix(address));
    }
    if (and_private) {
        std::for_each(private_networks().begin(), private_networks().end(), add);
    }
    std::sort(all.begin(), all.end()); // a wider one before those within it
    std::vector<model::Prefix> disjoint;
    for (const auto& one : all) {
        if (disjoint.empty() || !disjoint.back().contains(one.address())) {
            disjoint.push_back(one);
        }
    }
    return disjoint;
}

} // namespace fwlearn::analyzer
