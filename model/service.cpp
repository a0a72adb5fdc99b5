#include "model/service.hpp"

#include "model/number.hpp"

namespace fwlearn::model {

std::string Service::to_string() const {
    if (protocol.has_ports()) {
        return protocol.name() + "/" + std::to_string(detail);
    }
    if (protocol.is_icmp()) {
        return protocol.name() + "/" + std::to_string(icmp_type()) + "/" + std::to_string(icmp_code());
    }
    return protocol.name();
}

std::optional<DetailRange> DetailRange::parse(std::string_view text) {
    const auto dash = text.find('-');
    const auto first = parse_integer<std::uint16_t>(text.substr(0, dash));
    const auto last =
        dash == std::string_view::npos ? first : parse_integer<std::uint16_t>(text.substr(dash + 1));
    if (!first || !last || *first > *last) {
        return std::nullopt;
    }
    return DetailRange(*first, *last);
}

} // namespace fwlearn::model
