// Where a setting points: host and port as settings write them, and URIs. What a URI has besides (user,
// password, path) is never kept in an endpoint. Pure. Used by the readers of settings.
#pragma once

#include <model/address.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fwlearn::collector::host::settings {

struct Endpoint {
    std::string name; ///< as model::host_name() gives it; empty where there is an address
    std::optional<model::Address> address;
    std::uint16_t port = 0; ///< 0 where none is given

    /// False for what the host answers itself: loopback (RFC 1122 3.2.1.3), the unspecified address, which
    /// Linux takes for loopback too, and localhost (RFC 6761 6.3).
    [[nodiscard]] bool is_elsewhere() const;
};

/// 1 to 65535, or the name that services(5) of Debian has for one that settings use: smtp, submission,
/// domain.
std::optional<std::uint16_t> port_number(std::string_view text);

/// host, host:port, [host]:port, or an IPv6 address without a port; a zone (%eth0) is dropped.
std::optional<Endpoint> endpoint(std::string_view text);

/// The same of a host and a port that stand apart; no port where `port` is empty.
std::optional<Endpoint> endpoint(std::string_view host, std::string_view port);

/// RFC 3986 3, as far as settings need it.
struct Uri {
    std::string scheme; ///< in small letters
    std::optional<Endpoint> host;
    std::string_view path; ///< with what follows it
};
std::optional<Uri> uri(std::string_view text);

} // namespace fwlearn::collector::host::settings
