#include "model/protocol.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace fwlearn::model {
namespace {

constexpr std::array<std::pair<std::string_view, Protocol>, 11> keywords{{
    {"icmp", protocol::icmp},
    {"igmp", protocol::igmp},
    {"tcp", protocol::tcp},
    {"udp", protocol::udp},
    {"dccp", protocol::dccp},
    {"gre", protocol::gre},
    {"esp", protocol::esp},
    {"ah", protocol::ah},
    {"icmpv6", protocol::icmpv6},
    {"sctp", protocol::sctp},
    {"udplite", protocol::udplite},
}};

} // namespace

bool Protocol::has_ports() const {
    return *this == protocol::tcp || *this == protocol::udp || *this == protocol::udplite ||
           *this == protocol::sctp || *this == protocol::dccp;
}

bool Protocol::is_icmp() const {
    return *this == protocol::icmp || *this == protocol::icmpv6;
}

std::string Protocol::name() const {
    const auto* const found = std::find_if(keywords.begin(), keywords.end(),
                                           [this](const auto& entry) { return entry.second == *this; });
    return found == keywords.end() ? std::to_string(number) : std::string(found->first);
}

std::optional<Protocol> Protocol::parse(std::string_view text) {
    const auto* const found = std::find_if(keywords.begin(), keywords.end(),
                                           [text](const auto& entry) { return entry.first == text; });
    if (found != keywords.end()) {
        return found->second;
    }
    Protocol parsed;
    const auto* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, parsed.number);
    if (error != std::errc{} || stopped != end) {
        return std::nullopt;
    }
    return parsed;
}

} // namespace fwlearn::model
