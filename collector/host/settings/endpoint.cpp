#include "endpoint.hpp"

#include "text.hpp"

#include <model/ascii.hpp>
#include <model/host_name.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace fwlearn::collector::host::settings {
namespace {

constexpr std::array<std::pair<std::string_view, std::uint16_t>, 12> services{{
    {"smtp", 25},
    {"mail", 25},
    {"domain", 53},
    {"http", 80},
    {"ntp", 123},
    {"https", 443},
    {"smtps", 465},
    {"submissions", 465},
    {"urd", 465},
    {"syslog", 514},
    {"submission", 587},
    {"syslog-tls", 6514},
}};

bool is_unspecified(const model::Address& address) {
    const auto octets = address.octets();
    return std::all_of(octets.begin(), octets.end(), [](auto octet) { return octet == 0; });
}

std::optional<Endpoint> host_alone(std::string_view text) {
    Endpoint result;
    if (const auto address = model::Address::parse(before(text, "%"))) {
        result.address = address->unmapped();
        return result;
    }
    auto name = model::host_name(text);
    if (!name) {
        return std::nullopt;
    }
    result.name = std::move(*name);
    return result;
}

} // namespace

bool Endpoint::is_elsewhere() const {
    if (address) {
        return !address->is_loopback() && !is_unspecified(*address);
    }
    return name != "localhost" && !name.ends_with(".localhost") && name != "localhost.localdomain" &&
           name != "ip6-localhost" && name != "ip6-loopback";
}

std::optional<std::uint16_t> port_number(std::string_view text) {
    std::uint16_t port = 0;
    const auto* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, port);
    if (error == std::errc{} && stopped == end && port != 0) {
        return port;
    }
    const auto* const found =
        std::find_if(services.begin(), services.end(),
                     [name = model::lower_case(text)](const auto& service) { return service.first == name; });
    return found == services.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Endpoint> endpoint(std::string_view host, std::string_view port) {
    const auto number = port.empty() ? std::optional<std::uint16_t>(std::uint16_t{0}) : port_number(port);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    }
    auto result = host_alone(host);
    if (!result || !number) {
        return std::nullopt;
    }
    result->port = *number;
    return result;
}

std::optional<Endpoint> endpoint(std::string_view text) {
    const auto bracket = text.starts_with('[') ? text.find(']') : std::string_view::npos;
    if (bracket != std::string_view::npos) {
        const auto rest = text.substr(bracket + 1);
        if (!rest.empty() && rest.front() != ':') {
            return std::nullopt;
        }
        return endpoint(text.substr(0, bracket + 1), rest.empty() ? rest : rest.substr(1));
    }
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) {
        return endpoint(text, {});
    }
    return endpoint(text.substr(0, colon), text.substr(colon + 1));
}

std::optional<Uri> uri(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0) {
        return std::nullopt;
    }
    Uri result{model::lower_case(text.substr(0, colon)), std::nullopt, text.substr(colon + 1)};
    if (result.path.starts_with("//")) {
        auto authority = before(result.path.substr(2), "/?#");
        result.path.remove_prefix(2 + authority.size());
        authority.remove_prefix(authority.rfind('@') + 1); // npos + 1 is 0
        result.host = endpoint(authority);
    }
    return result;
}

} // namespace fwlearn::collector::host::settings
