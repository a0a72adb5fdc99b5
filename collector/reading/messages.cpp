#include "messages.hpp"

#include <model/host_name.hpp>

namespace fwlearn::collector::reading {
namespace {

// resolved_by() gives no more; a kernel's message has far fewer packets, and a packet fewer messages.
constexpr std::size_t most_addresses = 1024;
constexpr std::size_t longest_name = 253; // model::host_name()

/// Numbers in network order.
class Writing {
  public:
    void number(std::uint64_t value, unsigned octets) {
        for (unsigned left = octets; left > 0; --left) {
            bytes_.push_back(static_cast<std::uint8_t>(value >> (8U * (left - 1))));
        }
    }
    void octet(bool value) { number(value ? 1 : 0, 1); }
    void bytes(std::span<const std::uint8_t> value) {
        number(value.size(), 4);
        bytes_.insert(bytes_.end(), value.begin(), value.end());
    }
    void text(const std::string& value) {
        number(value.size(), 1);
        bytes_.insert(bytes_.end(), value.begin(), value.end());
    }
    void address(const model::Address& value) {
        number(static_cast<std::uint8_t>(value.family()), 1);
        const auto octets = value.octets();
        bytes_.insert(bytes_.end(), octets.begin(), octets.end());
    }
    void tuple(const Tuple& value) {
        address(value.source);
        address(value.destination.address);
        number(value.source_detail, 2);
        number(value.destination.service.protocol.number, 1);
        number(value.destination.service.detail, 2);
    }
    std::vector<std::uint8_t> take() { return std::move(bytes_); }

  private:
    std::vector<std::uint8_t> bytes_;
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
    std::uint64_t number(unsigned octets) {
        std::uint64_t value = 0;
        for (const auto octet : some(octets)) {
            value = value << 8U | octet;
        }
        return value;
    }
    template <typename Number>
    Number whole() {
        return static_cast<Number>(number(sizeof(Number)));
    }
    bool flag() {
        const auto value = number(1);
        require(value <= 1);
        return value == 1;
    }
    /// Of so many parts each is an octet at least.
    std::size_t count(unsigned octets) {
        const auto value = number(octets);
        require(value <= left_.size());
        return sound_ ? static_cast<std::size_t>(value) : 0;
    }
    std::string name() {
        const auto taken = some(number(1));
        std::string text(taken.begin(), taken.end());
        require(text.size() <= longest_name && model::host_name(text) == text);
        return text;
    }
    model::Address address() {
        const auto family = number(1);
        constexpr std::size_t v4_octets = 4;
        constexpr std::size_t v6_octets = 16;
        require(family == 4 || family == 6);
        const auto value = model::Address::from_octets(some(family == 4 ? v4_octets : v6_octets));
        return value.value_or(model::Address());
    }
    Tuple tuple() {
        Tuple value;
        value.source = address();
        value.destination.address = address();
        value.source_detail = whole<std::uint16_t>();
        value.destination.service.protocol.number = whole<std::uint8_t>();
        value.destination.service.detail = whole<std::uint16_t>();
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
    to.number(question.type, 2);
}

names::DnsQuestion take_question(Taking& from) {
    names::DnsQuestion question;
    question.name = from.name();
    question.type = from.whole<std::uint16_t>();
    return question;
}

void write_kind(Writing& to, Kind kind, const Tuple& flow) {
    to.number(static_cast<std::uint8_t>(kind), 1);
    to.tuple(flow);
}

void write(Writing& to, const Asked& heard) {
    write_kind(to, Kind::asked, heard.flow);
    to.number(heard.id, 2);
    write_question(to, heard.question);
}

void write(Writing& to, const Answered& heard) {
    write_kind(to, Kind::answered, heard.flow);
    to.number(heard.id, 2);
    write_question(to, heard.question);
    to.text(heard.resolved.name);
    to.text(heard.resolved.canonical);
    to.number(heard.resolved.addresses.size(), 2);
    for (const auto& address : heard.resolved.addresses) {
        to.address(address);
    }
    to.number(heard.resolved.ttl, 4);
}

void write(Writing& to, const Said& heard) {
    write_kind(to, Kind::said, heard.flow);
    to.text(heard.name);
    to.octet(heard.source == model::BindingSource::http_host);
}

Heard take_heard(Taking& from) {
    const auto kind = from.number(1);
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
    const auto addresses = from.count(2);
    from.require(addresses <= most_addresses);
    for (std::size_t index = 0; from.sound() && index < addresses; ++index) {
        resolved.addresses.push_back(from.address());
    }
    resolved.ttl = from.whole<std::uint32_t>();
    return Answered{flow, id, std::move(question), std::move(resolved)};
}

ReadPacket take_packet(Taking& from) {
    ReadPacket read;
    if (from.flag()) {
        read.packet.emplace();
        read.packet->tuple = from.tuple();
        if (from.flag()) {
            read.packet->unreachable = from.tuple();
        }
    }
    read.names.malformed = from.flag();
    const auto heard = from.count(4);
    for (std::size_t index = 0; from.sound() && index < heard; ++index) {
        read.names.heard.push_back(take_heard(from));
    }
    return read;
}

} // namespace

std::vector<std::uint8_t> to_bytes(std::span<const RawPacket> packets, const Now& now) {
    Writing to;
    to.number(static_cast<std::uint64_t>(now.wall.time_since_epoch().count()), 8);
    to.number(static_cast<std::uint64_t>(now.steady.time_since_epoch().count()), 8);
    to.number(packets.size(), 4);
    for (const auto& packet : packets) {
        to.octet(packet.for_names);
        to.octet(packet.leaving);
        to.bytes(packet.bytes);
    }
    return to.take();
}

std::vector<std::uint8_t> to_bytes(const Reading& reading) {
    Writing to;
    to.number(reading.packets.size(), 4);
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
        to.number(read.names.heard.size(), 4);
        for (const auto& heard : read.names.heard) {
            std::visit([&to](const auto& one) { write(to, one); }, heard);
        }
    }
    to.number(reading.streams_dropped, 8);
    to.number(reading.heads_given_up, 8);
    return to.take();
}

std::optional<Request> read_request(std::span<const std::uint8_t> bytes) {
    Taking from(bytes);
    Request request;
    request.now.wall = model::Timestamp(model::Timestamp::duration(from.whole<std::int64_t>()));
    request.now.steady = std::chrono::steady_clock::time_point(
        std::chrono::steady_clock::duration(from.whole<std::int64_t>()));
    const auto packets = from.count(4);
    for (std::size_t index = 0; from.sound() && index < packets; ++index) {
        RawPacket packet;
        packet.for_names = from.flag();
        packet.leaving = from.flag();
        packet.bytes = from.some(from.number(4));
        request.packets.push_back(packet);
    }
    return from.whole_and_sound() ? std::optional(std::move(request)) : std::nullopt;
}

std::optional<Reading> read_reading(std::span<const std::uint8_t> bytes, std::size_t wanted) {
    Taking from(bytes);
    Reading reading;
    const auto packets = from.count(4);
    from.require(packets == wanted);
    for (std::size_t index = 0; from.sound() && index < packets; ++index) {
        reading.packets.push_back(take_packet(from));
    }
    reading.streams_dropped = from.whole<std::uint64_t>();
    reading.heads_given_up = from.whole<std::uint64_t>();
    return from.whole_and_sound() ? std::optional(std::move(reading)) : std::nullopt;
}

} // namespace fwlearn::collector::reading
