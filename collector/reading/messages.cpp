#include "messages.hpp"

#include "../network_order.hpp"

#include <model/host_name.hpp>

#include <cstring>
#include <type_traits>

namespace fwlearn::collector::reading {
namespace {

constexpr std::size_t longest_name = 253; // model::host_name()
constexpr std::size_t v4_octets = 4;
constexpr std::size_t v6_octets = 16;

/// Numbers in network order. What has no room any more is left out, and all behind it.
class Writing {
  public:
    explicit Writing(std::span<std::uint8_t> to) : left_(to), room_(to.size()) {}

    template <typename Number>
    void number(std::uint64_t value) {
        const auto number = network_order(static_cast<Number>(value));
        put(&number, sizeof number);
    }
    void octet(bool value) { number<std::uint8_t>(value ? 1 : 0); }
    void bytes(std::span<const std::uint8_t> value) {
        number<std::uint32_t>(value.size());
        put(value.data(), value.size());
    }
    void text(const std::string& value) {
        number<std::uint8_t>(value.size());
        put(value.data(), value.size());
    }
    void address(const model::Address& value) {
        number<std::uint8_t>(static_cast<std::uint8_t>(value.family()));
        const auto octets = value.octets();
        put(octets.data(), octets.size());
    }
    void tuple(const Tuple& value) {
        address(value.source);
        address(value.destination.address);
        number<std::uint16_t>(value.source_detail);
        number<std::uint8_t>(value.destination.service.protocol.number);
        number<std::uint16_t>(value.destination.service.detail);
    }
    [[nodiscard]] std::optional<std::size_t> written() const {
        return sound_ ? std::optional(room_ - left_.size()) : std::nullopt;
    }

  private:
    void put(const void* from, std::size_t octets) {
        if (octets > left_.size()) {
            sound_ = false;
            left_ = {};
        } else if (octets > 0) {
            std::memcpy(left_.data(), from, octets);
            left_ = left_.subspan(octets);
        }
    }

    std::span<std::uint8_t> left_;
    std::size_t room_;
    bool sound_ = true;
};

/// Whatever is asked for beyond the end is 0 or empty, and then nothing holds any more.
class Taking {
  public:
    explicit Taking(std::span<const std::uint8_t> bytes) : left_(bytes) {}

    std::span<const std::uint8_t> some(std::size_t octets) {
        if (octets > left_.size()) {
            sound_ = false;
            left_ = {};
            return {};
        }
        const auto taken = left_.first(octets);
        left_ = left_.subspan(octets);
        return taken;
    }
    template <typename Number>
    Number whole() {
        using Unsigned = std::make_unsigned_t<Number>;
        if (left_.size() < sizeof(Number)) {
            some(sizeof(Number));
            return 0;
        }
        const auto value = read_number<Unsigned>(left_.first<sizeof(Number)>());
        left_ = left_.subspan(sizeof(Number));
        return static_cast<Number>(value);
    }
    bool flag() {
        const auto value = whole<std::uint8_t>();
        require(value <= 1);
        return value == 1;
    }
    /// Of so many parts each is an octet at least.
    template <typename Number>
    std::size_t count() {
        const std::size_t value = whole<Number>();
        require(value <= left_.size());
        return sound_ ? value : 0;
    }
    std::string name() {
        const auto taken = some(whole<std::uint8_t>());
        std::string text(taken.begin(), taken.end());
        require(text.size() <= longest_name && model::host_name(text) == text);
        return text;
    }
    model::Address address() {
        const auto family = whole<std::uint8_t>();
        require(family == 4 || family == 6);
        const auto value = model::Address::from_octets(some(family == 4 ? v4_octets : v6_octets));
        return value.value_or(model::Address());
    }
    /// Most of what is read: all of it is there, or nothing.
    Tuple tuple() {
        const bool ipv6 = !left_.empty() && left_.front() == 6;
        const std::size_t octets = ipv6 ? v6_octets : v4_octets;
        const auto all = some(2 * (1 + octets) + 5);
        require(!all.empty() && all[0] == (ipv6 ? 6 : 4) && all[1 + octets] == all[0]);
        Tuple value;
        if (sound_) {
            value.source = ipv6 ? model::Address::v6(all.subspan<1, v6_octets>())
                                : model::Address::v4(all.subspan<1, v4_octets>());
            auto& to = value.destination;
            to.address = ipv6 ? model::Address::v6(all.subspan<2 + v6_octets, v6_octets>())
                              : model::Address::v4(all.subspan<2 + v4_octets, v4_octets>());
            const auto rest = all.last<5>();
            value.source_detail = read_number<std::uint16_t>(rest.first<2>());
            to.service.protocol.number = rest[2];
            to.service.detail = read_number<std::uint16_t>(rest.last<2>());
        }
        return value;
    }

    void require(bool holds) { sound_ = sound_ && holds; }
    [[nodiscard]] bool sound() const { return sound_; }
    /// All was as it should be, and nothing is left.
    [[nodiscard]] bool whole_and_sound() const { return sound_ && left_.empty(); }

  private:
    std::span<const std::uint8_t> left_;
    bool sound_ = true;
};

enum class Kind : std::uint8_t { asked, answered, said };

void write_question(Writing& to, const names::DnsQuestion& question) {
    to.text(question.name);
    to.number<std::uint16_t>(question.type);
}

names::DnsQuestion take_question(Taking& from) {
    names::DnsQuestion question;
    question.name = from.name();
    question.type = from.whole<std::uint16_t>();
    return question;
}

void write_kind(Writing& to, Kind kind, const Tuple& flow) {
    to.number<std::uint8_t>(static_cast<std::uint8_t>(kind));
    to.tuple(flow);
}

void write(Writing& to, const Asked& heard) {
    write_kind(to, Kind::asked, heard.flow);
    to.number<std::uint16_t>(heard.id);
    write_question(to, heard.question);
}

void write(Writing& to, const Answered& heard) {
    write_kind(to, Kind::answered, heard.flow);
    to.number<std::uint16_t>(heard.id);
    write_question(to, heard.question);
    to.text(heard.resolved.name);
    to.text(heard.resolved.canonical);
    to.number<std::uint16_t>(heard.resolved.addresses.size());
    for (const auto& address : heard.resolved.addresses) {
        to.address(address);
    }
    to.number<std::uint32_t>(heard.resolved.ttl);
}

void write(Writing& to, const Said& heard) {
    write_kind(to, Kind::said, heard.flow);
    to.text(heard.name);
    to.octet(heard.source == model::BindingSource::http_host);
}

Heard take_heard(Taking& from) {
    const auto kind = from.whole<std::uint8_t>();
    const auto flow = from.tuple();
    if (kind == static_cast<std::uint8_t>(Kind::said)) {
        auto name = from.name();
        return Said{flow, std::move(name),
                    from.flag() ? model::BindingSource::http_host : model::BindingSource::tls_sni};
    }
    const auto id = from.whole<std::uint16_t>();
    auto question = take_question(from);
    if (kind == static_cast<std::uint8_t>(Kind::asked)) {
        return Asked{flow, id, std::move(question)};
    }
    from.require(kind == static_cast<std::uint8_t>(Kind::answered));
    names::Resolved resolved;
    resolved.name = from.name();
    resolved.canonical = from.name();
    const auto addresses = from.count<std::uint16_t>();
    from.require(addresses <= names::most_addresses); // resolved_by() gives no more
    for (std::size_t index = 0; from.sound() && index < addresses; ++index) {
        resolved.addresses.push_back(from.address());
    }
    resolved.ttl = from.whole<std::uint32_t>();
    return Answered{flow, id, std::move(question), std::move(resolved)};
}

void take_packet(Taking& from, ReadPacket& read) {
    if (from.flag()) {
        auto& packet = read.packet.emplace();
        packet.tuple = from.tuple();
        if (from.flag()) {
            packet.unreachable = from.tuple();
        }
    }
    read.names.malformed = from.flag();
    const auto heard = from.count<std::uint32_t>();
    for (std::size_t index = 0; from.sound() && index < heard; ++index) {
        read.names.heard.push_back(take_heard(from));
    }
}

} // namespace

std::optional<std::size_t> write(std::span<const RawPacket> packets, const Now& now,
                                 std::span<std::uint8_t> into) {
    Writing to(into);
    to.number<std::uint64_t>(static_cast<std::uint64_t>(now.wall.time_since_epoch().count()));
    to.number<std::uint64_t>(static_cast<std::uint64_t>(now.steady.time_since_epoch().count()));
    to.number<std::uint32_t>(packets.size());
    for (const auto& packet : packets) {
        to.octet(packet.for_names);
        to.octet(packet.leaving);
        to.bytes(packet.bytes);
    }
    return to.written();
}

std::optional<std::size_t> write(const Reading& reading, std::span<std::uint8_t> into) {
    Writing to(into);
    to.number<std::uint32_t>(reading.packets.size());
    for (const auto& read : reading.packets) {
        to.octet(read.packet.has_value());
        if (read.packet) {
            to.tuple(read.packet->tuple);
            to.octet(read.packet->unreachable.has_value());
            if (read.packet->unreachable) {
                to.tuple(*read.packet->unreachable);
            }
        }
        to.octet(read.names.malformed);
        to.number<std::uint32_t>(read.names.heard.size());
        for (const auto& heard : read.names.heard) {
            std::visit([&to](const auto& one) { write(to, one); }, heard);
        }
    }
    to.number<std::uint64_t>(reading.streams_dropped);
    to.number<std::uint64_t>(reading.heads_given_up);
    to.number<std::uint64_t>(reading.streams_open);
    to.number<std::uint64_t>(reading.heads_open);
    return to.written();
}

std::optional<Request> read_request(std::span<const std::uint8_t> bytes) {
    Taking from(bytes);
    Request request;
    request.now.wall = model::Timestamp(model::Timestamp::duration(from.whole<std::int64_t>()));
    request.now.steady = std::chrono::steady_clock::time_point(
        std::chrono::steady_clock::duration(from.whole<std::int64_t>()));
    const auto packets = from.count<std::uint32_t>();
    for (std::size_t index = 0; from.sound() && index < packets; ++index) {
        RawPacket packet;
        packet.for_names = from.flag();
        packet.leaving = from.flag();
        packet.bytes = from.some(from.whole<std::uint32_t>());
        request.packets.push_back(packet);
    }
    return from.whole_and_sound() ? std::optional(std::move(request)) : std::nullopt;
}

std::optional<Reading> read_reading(std::span<const std::uint8_t> bytes, std::size_t wanted) {
    Taking from(bytes);
    Reading reading;
    const auto packets = from.count<std::uint32_t>();
    from.require(packets == wanted);
    if (from.sound()) {
        reading.packets.reserve(wanted);
    }
    for (std::size_t index = 0; from.sound() && index < packets; ++index) {
        take_packet(from, reading.packets.emplace_back());
    }
    reading.streams_dropped = from.whole<std::uint64_t>();
    reading.heads_given_up = from.whole<std::uint64_t>();
    reading.streams_open = from.whole<std::uint64_t>();
    reading.heads_open = from.whole<std::uint64_t>();
    return from.whole_and_sound() ? std::optional(std::move(reading)) : std::nullopt;
}

} // namespace fwlearn::collector::reading
