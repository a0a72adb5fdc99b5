#include "nft_fields.hpp"

#include "json_members.hpp"
#include "nft_names.hpp"

#include <model/protocol.hpp>

#include <limits>
#include <map>

namespace fwlearn::firewall {
namespace {

using Json = nlohmann::json;
using model::PacketField;
using What = model::PacketField::What;

PacketField field_of(What what, std::uint8_t protocol = 0, std::uint8_t family = 0) {
    PacketField field;
    field.what = what;
    field.protocol = protocol;
    field.family = family;
    return field;
}

PacketField payload_field(const std::string& protocol, const std::string& name) {
    constexpr std::uint8_t ipv4 = 4;
    constexpr std::uint8_t ipv6 = 6;
    if (protocol == "ip" || protocol == "ip6") {
        const auto family = protocol == "ip" ? ipv4 : ipv6;
        const bool is_protocol = name == (protocol == "ip" ? "protocol" : "nexthdr");
        return name == "daddr" ? field_of(What::address, 0, family)
               : is_protocol   ? field_of(What::protocol, 0, family)
                               : PacketField();
    }
    if (protocol == "icmp" || protocol == "icmpv6") {
        const auto number =
            protocol == "icmp" ? model::protocol::icmp.number : model::protocol::icmpv6.number;
        return name == "type"   ? field_of(What::icmp_type, number)
               : name == "code" ? field_of(What::icmp_code, number)
                                : PacketField();
    }
    if (protocol == "tcp" && name == "flags") {
        return field_of(What::tcp_flags, model::protocol::tcp.number);
    }
    if (name != "dport") {
        return {};
    }
    const auto number = protocol == "th" ? std::optional<std::uint8_t>(0) : protocol_number(protocol);
    return number ? field_of(What::port, *number) : PacketField();
}

PacketField meta_field(const std::string& key) {
    static const std::map<std::string, What> known{{"skuid", What::uid},         {"skgid", What::gid},
                                                   {"l4proto", What::protocol},  {"nfproto", What::family},
                                                   {"oifname", What::interface}, {"oif", What::interface}};
    const auto found = known.find(key);
    return found == known.end() ? PacketField() : field_of(found->second);
}

/// One number, by the name that nft gives it.
std::optional<std::uint64_t> number_of(const PacketField& field, const Json& value) {
    if (value.is_number_unsigned()) {
        return value.get<std::uint64_t>();
    }
    if (!value.is_string()) {
        return std::nullopt;
    }
    const auto& name = value.get_ref<const std::string&>();
    const bool ipv6 = field.protocol == model::protocol::icmpv6.number;
    switch (field.what) {
    case What::protocol:
        return protocol_number(name);
    case What::family:
        return name == "ipv4"   ? std::optional<std::uint64_t>(4)
               : name == "ipv6" ? std::optional<std::uint64_t>(6)
                                : std::nullopt;
    case What::icmp_type:
        return ipv6 ? icmpv6_type_number(name) : icmp_type_number(name);
    case What::icmp_code:
        return ipv6 ? icmpv6_code_number(name) : icmp_code_number(name);
    case What::conntrack_state:
        return conntrack_state_number(name);
    case What::tcp_flags:
        return tcp_flag_number(name);
    default:
        return plain_number(name);
    }
}

/// Several flags are printed as a list, or as {"|": [...]}.
std::optional<std::uint64_t> flags_of(const PacketField& field, const Json& value) {
    const auto* const alternatives = member(value, "|");
    const Json& list = alternatives != nullptr ? *alternatives : value;
    if (!list.is_array()) {
        return number_of(field, value);
    }
    std::uint64_t sum = 0;
    for (const auto& flag : list) {
        const auto bits = flags_of(field, flag);
        if (!bits) {
            return std::nullopt;
        }
        sum |= *bits;
    }
    return sum;
}

model::FieldValue address_value(const PacketField& field, const Json& value) {
    const auto family = field.family == 4 ? model::Family::ipv4 : model::Family::ipv6;
    const auto* const prefix = member(value, "prefix");
    const auto* const range = member(value, "range");
    if (prefix != nullptr) {
        const auto address = model::Address::parse(text_of(*prefix, "addr"));
        const auto* const length = member(*prefix, "len");
        if (!address || address->family() != family || length == nullptr || !length->is_number_unsigned() ||
            length->get<std::uint64_t>() > address->bits()) {
            return {};
        }
        return model::addresses_of(*address, static_cast<unsigned>(length->get<std::uint64_t>()));
    }
    const bool is_range = range != nullptr && range->is_array() && range->size() == 2;
    const auto first = model::Address::parse(text_of(is_range ? &(*range)[0] : &value));
    const auto last = model::Address::parse(text_of(is_range ? &(*range)[1] : &value));
    if (!first || !last || first->family() != family || last->family() != family || *last < *first) {
        return {};
    }
    return model::AddressRange{*first, *last};
}

model::FieldValue text_value(const Json& value) {
    if (!value.is_string()) {
        return {};
    }
    auto pattern = value.get<std::string>();
    const bool and_more = pattern.ends_with('*');
    if (and_more) {
        pattern.pop_back();
    }
    return model::TextPattern{model::ForeignText(pattern), and_more};
}

model::FieldValue number_value(const PacketField& field, const Json& value) {
    const auto* const range = member(value, "range");
    if (range != nullptr && range->is_array() && range->size() == 2) {
        const auto first = number_of(field, (*range)[0]);
        const auto last = number_of(field, (*range)[1]);
        return first && last && *first <= *last ? model::FieldValue(model::NumberRange{*first, *last})
                                                : model::FieldValue();
    }
    const auto number = flags_of(field, value);
    return number ? model::FieldValue(model::NumberRange{*number, *number}) : model::FieldValue();
}

model::FieldValue value_of(const PacketField& field, const Json& value) {
    switch (field.what) {
    case What::unknown:
        return {};
    case What::address:
        return address_value(field, value);
    case What::interface:
    case What::cgroup:
        return text_value(value);
    default:
        return number_value(field, value);
    }
}

PacketField single_field(const Json& left) {
    if (const auto* payload = member(left, "payload")) {
        return payload_field(text_of(*payload, "protocol"), text_of(*payload, "field"));
    }
    if (const auto* meta = member(left, "meta")) {
        return meta_field(text_of(*meta, "key"));
    }
    if (const auto* conntrack = member(left, "ct")) {
        return text_of(*conntrack, "key") == "state" ? field_of(What::conntrack_state) : PacketField();
    }
    const auto* const masked = member(left, "&");
    if (masked != nullptr && masked->is_array() && masked->size() == 2) {
        auto field = single_field((*masked)[0]);
        const auto mask = flags_of(field, (*masked)[1]);
        if (field.what == What::address || field.what == What::interface || !mask) {
            return {};
        }
        field.mask = *mask;
        return field;
    }
    return {}; // socket too: nft of Debian 12 does not print which level it means
}

/// Elements may be wrapped: {"elem": {"val": ..., "timeout": ...}}.
const Json& bare(const Json& element) {
    const auto* const wrapped = member(element, "elem");
    const auto* const value = wrapped != nullptr ? member(*wrapped, "val") : nullptr;
    return value != nullptr ? *value : element;
}

} // namespace

std::vector<PacketField> fields_of(const Json& left) {
    std::vector<PacketField> fields;
    const auto* const parts = member(left, "concat");
    if (parts == nullptr || !parts->is_array()) {
        fields.push_back(single_field(left));
        return fields;
    }
    fields.reserve(parts->size());
    for (const auto& part : *parts) {
        fields.push_back(single_field(part));
    }
    return fields;
}

std::vector<model::FieldValue> values_of(const std::vector<PacketField>& fields, const Json& element) {
    const Json& value = bare(element);
    std::vector<model::FieldValue> values(fields.size());
    const auto* const parts = member(value, "concat");
    if (fields.size() == 1) {
        values[0] = value_of(fields[0], value);
    } else if (parts != nullptr && parts->is_array() && parts->size() == fields.size()) {
        for (std::size_t index = 0; index < fields.size(); ++index) {
            values[index] = value_of(fields[index], (*parts)[index]);
        }
    }
    return values;
}

std::optional<model::NumberRange> compared(const PacketField& field, const std::string& operation,
                                           const Json& right) {
    const auto number = number_of(field, right);
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    model::NumberRange range{0, most};
    if (!number || field.what == What::unknown || field.what == What::address) {
        return std::nullopt;
    }
    if (operation == "<" && *number > 0) {
        range.last = *number - 1;
    } else if (operation == "<=") {
        range.last = *number;
    } else if (operation == ">" && *number < most) {
        range.first = *number + 1;
    } else if (operation == ">=") {
        range.first = *number;
    } else {
        return std::nullopt;
    }
    return range;
}

} // namespace fwlearn::firewall
