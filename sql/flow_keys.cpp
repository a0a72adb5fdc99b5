#include "flow_keys.hpp"

#include "large_pages.hpp"

#include <algorithm>
#include <numeric>

namespace fwlearn::sql {
namespace {

/// What of a key comes before what else is in it, in the order of FlowKey's members: everything but the name
/// and what follows that.
model::FlowKey sender_part(model::FlowKey key) {
    key.name = model::NameId::unknown;
    key.name_source = {};
    key.overflow = false;
    key.verdict = {};
    key.destination = {};
    return key;
}

constexpr unsigned source_bits = 3;
constexpr unsigned overflow_bits = 1;
constexpr unsigned verdict_bits = 2;
constexpr unsigned protocol_bits = 8;
constexpr unsigned detail_bits = 16;
constexpr unsigned family_bits = 1;
constexpr unsigned address_bits = 32; ///< IPv4, or the first octets of IPv6
static_assert(source_bits + overflow_bits + verdict_bits + protocol_bits + detail_bits + family_bits +
                  address_bits <=
              64);

std::uint32_t first_octets(const model::Address& address) {
    std::uint32_t value = 0;
    for (const auto octet : address.octets().first<4>()) {
        value = value << 8U | octet;
    }
    return value;
}

/// In the order of FlowKey's members from name_source on.
std::uint64_t packed(const model::FlowKey& key) {
    std::uint64_t value = 0;
    const auto append = [&value](std::uint64_t field, unsigned bits) { value = value << bits | field; };
    append(static_cast<std::uint64_t>(key.name_source), source_bits);
    append(key.overflow ? 1 : 0, overflow_bits);
    append(static_cast<std::uint64_t>(key.verdict), verdict_bits);
    append(key.destination.service.protocol.number, protocol_bits);
    append(key.destination.service.detail, detail_bits);
    append(key.destination.address.family() == model::Family::ipv4 ? 0 : 1, family_bits);
    append(first_octets(key.destination.address), address_bits);
    return value;
}

bool is_ipv6(std::uint64_t packed_key) {
    return (packed_key >> address_bits & 1U) != 0;
}

} // namespace

void FlowKeys::reserve(std::size_t keys) {
    keys_.reserve(keys);
    use_large_pages(keys_.data(), keys * sizeof(Small));
}

void FlowKeys::add(const model::FlowKey& key) {
    const auto [sender, is_new] = numbers_.emplace(sender_part(key), senders_.size());
    if (is_new) {
        senders_.push_back(sender->first);
    }
    Small small;
    small.sender_and_name = std::uint64_t{sender->second} << 32U | static_cast<std::uint32_t>(key.name);
    small.others = packed(key);
    small.added_as = static_cast<std::uint32_t>(keys_.size());
    if (is_ipv6(small.others)) {
        small.ipv6 = static_cast<std::uint32_t>(ipv6_.size());
        ipv6_.push_back(key.destination.address);
    }
    keys_.push_back(small);
}

void FlowKeys::sort() {
    std::vector<std::uint32_t> order(senders_.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(),
              [this](auto one, auto other) { return senders_[one] < senders_[other]; });
    std::vector<model::FlowKey> ascending;
    std::vector<std::uint64_t> rank_of(senders_.size());
    for (const auto number : order) {
        rank_of[number] = ascending.size();
        ascending.push_back(senders_[number]);
    }
    senders_ = std::move(ascending);
    numbers_.clear();
    for (auto& key : keys_) {
        key.sender_and_name =
            rank_of[key.sender_and_name >> 32U] << 32U | (key.sender_and_name & 0xffffffffU);
    }
    std::sort(keys_.begin(), keys_.end(),
              [this](const Small& one, const Small& other) { return is_before(one, other); });
}

bool FlowKeys::is_before(const Small& one, const Small& other) const {
    if (one.sender_and_name != other.sender_and_name) {
        return one.sender_and_name < other.sender_and_name;
    }
    if (one.others != other.others) {
        return one.others < other.others;
    }
    return is_ipv6(one.others) && ipv6_[one.ipv6] < ipv6_[other.ipv6];
}

model::FlowKey FlowKeys::key(std::size_t place) const {
    const auto& small = keys_[place];
    auto key = senders_[small.sender_and_name >> 32U];
    key.name = static_cast<model::NameId>(small.sender_and_name & 0xffffffffU);
    auto rest = small.others;
    const auto take = [&rest](unsigned bits) { // from the last that was appended on
        const auto field = rest & ((std::uint64_t{1} << bits) - 1);
        rest >>= bits;
        return field;
    };
    const auto octets = static_cast<std::uint32_t>(take(address_bits));
    key.destination.address = take(family_bits) == 0 ? model::Address::v4(octets) : ipv6_[small.ipv6];
    key.destination.service.detail = static_cast<std::uint16_t>(take(detail_bits));
    key.destination.service.protocol.number = static_cast<std::uint8_t>(take(protocol_bits));
    key.verdict = static_cast<model::FlowVerdict>(take(verdict_bits));
    key.overflow = take(overflow_bits) != 0;
    key.name_source = static_cast<model::BindingSource>(take(source_bits));
    return key;
}

} // namespace fwlearn::sql
