#include "rule_matching.hpp"

#include <algorithm>

namespace fwlearn::analyzer {
namespace {

using model::PacketField;
using What = model::PacketField::What;

Truth negate(Truth truth) {
    return truth == Truth::yes ? Truth::no : truth == Truth::no ? Truth::yes : Truth::maybe;
}

constexpr std::uint64_t state_new = 8; // NF_CT_STATE_BIT(IP_CT_NEW)
constexpr std::uint64_t syn = 2;

/// What a packet has of a field: nothing, something that is not known, or a value.
struct Had {
    bool there = false;
    model::FieldValue value; ///< std::monostate: not known
};

Had number(std::uint64_t value) {
    return {true, model::NumberRange{value, value}};
}

Had not_known() {
    return {true, {}};
}

bool is_of(const PacketField& field, const OutgoingPacket& packet) {
    const auto& [service, address] = packet.destination;
    return (field.protocol == 0 || field.protocol == service.protocol.number) &&
           (field.family == 0 || field.family == static_cast<std::uint8_t>(address.family()));
}

Had owner_field(const PacketField& field, const model::SocketOwner& owner) {
    if (owner.kind == model::OwnerKind::kernel) {
        return {};
    }
    if (owner.kind == model::OwnerKind::unknown) {
        return not_known();
    }
    if (field.what == What::gid) {
        return owner.gid == model::no_gid ? not_known() : number(owner.gid);
    }
    return number(owner.uid);
}

Had field_of(const PacketField& field, const OutgoingPacket& packet) {
    const auto& [service, address] = packet.destination;
    if (!is_of(field, packet)) {
        return {};
    }
    switch (field.what) {
    case What::family:
        return number(static_cast<std::uint64_t>(address.family()));
    case What::protocol:
        return number(service.protocol.number);
    case What::uid:
    case What::gid:
        return owner_field(field, packet.owner);
    case What::interface:
        return packet.interface.empty() ? not_known()
                                        : Had{true, model::TextPattern{packet.interface, false}};
    case What::address:
        return {true, model::AddressRange{address, address}};
    case What::port:
        return service.protocol.has_ports() ? number(service.detail) : not_known();
    case What::icmp_type:
        return service.protocol.is_icmp() ? number(service.icmp_type()) : Had{};
    case What::icmp_code:
        return service.protocol.is_icmp() ? number(service.icmp_code()) : Had{};
    case What::tcp_flags:
        return number(syn);
    case What::conntrack_state:
        return number(state_new);
    case What::cgroup:
    case What::unknown:
        break;
    }
    return not_known();
}

/// `wanted` is an element's, `had` the packet's.
Truth compare(const PacketField& field, const model::FieldValue& wanted, const model::FieldValue& had) {
    if (std::holds_alternative<std::monostate>(wanted) || std::holds_alternative<std::monostate>(had) ||
        wanted.index() != had.index()) {
        return Truth::maybe;
    }
    bool matches = false;
    if (const auto* numbers = std::get_if<model::NumberRange>(&wanted)) {
        const auto value = std::get<model::NumberRange>(had).first & field.mask;
        matches = numbers->first <= value && value <= numbers->last;
    } else if (const auto* addresses = std::get_if<model::AddressRange>(&wanted)) {
        const auto& value = std::get<model::AddressRange>(had).first;
        matches = addresses->first.family() == value.family() && addresses->first <= value &&
                  value <= addresses->last;
    } else {
        const auto& pattern = std::get<model::TextPattern>(wanted);
        const auto& value = std::get<model::TextPattern>(had).text.raw_bytes();
        matches = pattern.and_more ? value.starts_with(pattern.text.raw_bytes())
                                   : value == pattern.text.raw_bytes();
    }
    return matches ? Truth::yes : Truth::no;
}

} // namespace

/// The elements of a large set by the place where their range begins; for sets that hold nothing else.
class RuleMatching::AddressIndex {
  public:
    explicit AddressIndex(const std::vector<model::MatchElement>& elements) {
        ranges_.reserve(elements.size());
        for (const auto& element : elements) {
            const auto* range = element.values.size() == 1
                                    ? std::get_if<model::AddressRange>(&element.values.front())
                                    : nullptr;
            if (range == nullptr) {
                usable_ = false;
                return;
            }
            ranges_.push_back({range->first, range->last, &element});
        }
        std::sort(ranges_.begin(), ranges_.end(),
                  [](const Entry& one, const Entry& other) { return one.first < other.first; });
        for (std::size_t index = 1; index < ranges_.size(); ++index) {
            usable_ = usable_ && ranges_[index - 1].last < ranges_[index].first;
        }
    }

    /// False where elements overlap or are not all addresses: then they have to be gone through.
    [[nodiscard]] bool usable() const { return usable_; }

    [[nodiscard]] const model::MatchElement* find(const model::Address& address) const {
        const auto above =
            std::upper_bound(ranges_.begin(), ranges_.end(), address,
                             [](const auto& value, const Entry& entry) { return value < entry.first; });
        return above != ranges_.begin() && address <= (above - 1)->last ? (above - 1)->element : nullptr;
    }

  private:
    struct Entry {
        model::Address first;
        model::Address last;
        const model::MatchElement* element;
    };
    std::vector<Entry> ranges_;
    bool usable_ = true;
};

RuleMatching::RuleMatching() = default;

RuleMatching::~RuleMatching() = default;

void RuleMatching::index(const model::PacketMatch& match) {
    constexpr std::size_t large = 32;
    if (match.fields.size() == 1 && match.fields.front().what == What::address &&
        match.elements->size() > large) {
        indexes_.try_emplace(match.elements.get(), std::make_unique<const AddressIndex>(*match.elements));
    }
}

template <typename Use>
void RuleMatching::for_each_match(const model::PacketMatch& match, const OutgoingPacket& packet,
                                  const Use& use) const {
    std::vector<Had> had;
    had.reserve(match.fields.size());
    for (const auto& field : match.fields) {
        had.push_back(field_of(field, packet));
        if (!had.back().there) {
            return;
        }
    }
    if (const auto index = indexes_.find(match.elements.get());
        index != indexes_.end() && index->second->usable()) {
        const auto* address = std::get_if<model::AddressRange>(&had.front().value);
        const auto* found = address != nullptr ? index->second->find(address->first) : nullptr;
        if (found != nullptr) {
            use(*found, Truth::yes);
        }
        return;
    }
    for (const auto& element : *match.elements) {
        auto truth = Truth::yes;
        for (std::size_t field = 0; field < had.size() && truth != Truth::no; ++field) {
            const auto value = field < element.values.size() ? element.values[field] : model::FieldValue();
            truth = std::min(truth, compare(match.fields[field], value, had[field].value));
        }
        if (truth != Truth::no) {
            use(element, truth);
        }
        if (truth == Truth::yes) {
            return;
        }
    }
}

RuleMatching::Possible RuleMatching::possible_elements(const model::PacketMatch& match,
                                                       const OutgoingPacket& packet) const {
    Possible possible;
    for_each_match(match, packet,
                   [&possible](const auto& element, Truth truth) { possible.emplace_back(&element, truth); });
    return possible;
}

Truth RuleMatching::matches(const model::PacketMatch& match, const OutgoingPacket& packet) const {
    for (const auto& field : match.fields) {
        if (field.what == What::unknown) {
            return Truth::maybe;
        }
        if (!field_of(field, packet).there) {
            return match.absent_matches ? Truth::yes : Truth::no;
        }
    }
    auto truth = Truth::no;
    for_each_match(match, packet, [&truth](const auto&, Truth found) { truth = std::max(truth, found); });
    return match.negated ? negate(truth) : truth;
}

Truth RuleMatching::matches(const model::FilterRule& rule, const OutgoingPacket& packet) const {
    auto truth = Truth::yes;
    for (const auto& match : rule.matches) {
        truth = std::min(truth, matches(match, packet));
        if (truth == Truth::no) {
            break;
        }
    }
    return truth;
}

} // namespace fwlearn::analyzer
