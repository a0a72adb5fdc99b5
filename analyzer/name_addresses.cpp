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

/// The IPv4 address that an IPv6 address is another form of; every other address as it is. A NAT64 gateway
/// makes the one of the other (RFC 6052 2.1).
model::Address as_ipv4(const model::Address& address) {
    static const auto translated = prefix("64:ff9b::/96");
    if (!translated.contains(address)) {
        return address.unmapped();
    }
    return *model::Address::from_octets(address.octets().last(4));
}

struct Kind {
    model::Prefix prefix;
    const char* what = nullptr;
};

} // namespace

const char* why_no_names_address(const model::Address& address) {
    static const std::array kinds{
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
    const auto plain = as_ipv4(address);
    if (is_metadata_address(plain)) {
        return "a cloud's metadata, which hand out credentials";
    }
    const auto* const found = std::find_if(
        kinds.begin(), kinds.end(), [&plain](const auto& kind) { return kind.prefix.contains(plain); });
    return found == kinds.end() ? nullptr : found->what;
}

bool is_private(const model::Address& address) {
    static const std::array networks{
        prefix("10.0.0.0/8"),    prefix("172.16.0.0/12"), prefix("192.168.0.0/16"),
        prefix("100.64.0.0/10"), prefix("fc00::/7"),      prefix("fec0::/10")}; // as it was before RFC 3879
    return std::any_of(networks.begin(), networks.end(),
                       [plain = as_ipv4(address)](const auto& network) { return network.contains(plain); });
}

} // namespace fwlearn::analyzer
