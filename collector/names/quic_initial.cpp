#include "quic_initial.hpp"

#include "client_hello.hpp"
#include "quic_keys.hpp"

#include <algorithm>
#include <optional>

namespace fwlearn::collector::names {
namespace {

using Bytes = std::span<const std::uint8_t>;
using State = SaidName::State;

constexpr std::size_t longest_hello = 1U << 14U;
constexpr std::size_t longest_id = 20; // RFC 9000 17.2
/// Each piece takes memory of its own. Browsers cut a hello to a few dozen.
constexpr std::size_t most_pieces = 256;

/// A variable-length integer (RFC 9000 16) from the front; nothing when it is cut.
std::optional<std::uint64_t> take_integer(Bytes& bytes) {
    if (bytes.empty()) {
        return std::nullopt;
    }
    const std::size_t length = std::size_t{1} << (bytes[0] >> 6U);
    if (length > bytes.size()) {
        return std::nullopt;
    }
    std::uint64_t value = bytes[0] & 0x3fU;
    for (std::size_t index = 1; index < length; ++index) {
        value = value << 8U | bytes[index];
    }
    bytes = bytes.subspan(length);
    return value;
}

std::optional<Bytes> take(Bytes& bytes, std::uint64_t length) {
    if (length > bytes.size()) {
        return std::nullopt;
    }
    const auto taken = bytes.first(static_cast<std::size_t>(length));
    bytes = bytes.subspan(static_cast<std::size_t>(length));
    return taken;
}

/// A long-header packet (RFC 9000 17.2) of version 1 or 2 at the front of a datagram.
struct LongPacket {
    std::uint32_t version = 0;
    bool initial = false;
    Bytes destination_id;
    Bytes whole;
    std::size_t number_at = 0;
};

std::optional<LongPacket> take_packet(Bytes& datagram) {
    const Bytes start = datagram;
    if (start.size() < 7 || (start[0] & 0xc0U) != 0xc0U) {
        return std::nullopt;
    }
    LongPacket packet;
    for (std::size_t index = 1; index < 5; ++index) {
        packet.version = packet.version << 8U | start[index];
    }
    if (packet.version != quic_version_1 && packet.version != quic_version_2) {
        return std::nullopt;
    }
    // RFC 9000 17.2.2 and RFC 9369 3.2: the types' numbers.
    const auto type = (start[0] >> 4U) & 0x03U;
    constexpr unsigned retry_1 = 3;
    constexpr unsigned retry_2 = 0;
    packet.initial = type == (packet.version == quic_version_1 ? 0U : 1U);
    if (type == (packet.version == quic_version_1 ? retry_1 : retry_2)) {
        return std::nullopt;
    }
    Bytes rest = start.subspan(5);
    for (const bool destination : {true, false}) {
        if (rest.empty() || rest[0] > longest_id) {
            return std::nullopt;
        }
        const std::size_t length = rest[0];
        rest = rest.subspan(1);
        const auto id = take(rest, length);
        if (!id) {
            return std::nullopt;
        }
        if (destination) {
            packet.destination_id = *id;
        }
    }
    if (packet.initial) {
        const auto token = take_integer(rest);
        if (!token || !take(rest, *token)) {
            return std::nullopt;
        }
    }
    const auto length = take_integer(rest);
    if (!length || *length > rest.size()) {
        return std::nullopt;
    }
    packet.number_at = start.size() - rest.size();
    const auto size = packet.number_at + static_cast<std::size_t>(*length);
    packet.whole = start.first(size);
    datagram = start.subspan(size);
    return packet;
}

enum Frame : std::uint64_t { padding = 0, ping = 1, ack = 2, ack_with_ecn = 3, crypto = 6, close = 0x1c };

/// Skips an ACK frame (RFC 9000 19.3) behind its type.
bool skip_ack(Bytes& payload, bool with_ecn) {
    take_integer(payload); // largest acknowledged
    take_integer(payload); // delay
    const auto ranges = take_integer(payload);
    const auto first = take_integer(payload);
    if (!ranges || !first || *ranges > payload.size()) {
        return false;
    }
    for (std::uint64_t number = *ranges * 2 + (with_ecn ? 3 : 0); number > 0; --number) {
        if (!take_integer(payload)) {
            return false;
        }
    }
    return true;
}

} // namespace

/// Keeps a part of the hello; false where it would be too much.
bool QuicHello::hold(std::uint64_t offset, Bytes data) {
    if (offset > longest_hello) {
        return false;
    }
    const auto place = crypto_.find(static_cast<std::size_t>(offset));
    const auto known = place == crypto_.end() ? 0 : place->second.size();
    if (data.size() <= known) {
        return true;
    }
    octets_ += data.size() - known;
    if (octets_ > longest_hello || (known == 0 && crypto_.size() >= most_pieces)) {
        return false;
    }
    crypto_[static_cast<std::size_t>(offset)].assign(data.begin(), data.end());
    return true;
}

void QuicHello::add_frames(Bytes payload) {
    while (!payload.empty() && !broken_) {
        constexpr auto cut = ~std::uint64_t{0}; // the number of no type: integers here have 62 bits
        const auto type = take_integer(payload).value_or(cut);
        if (type == ack || type == ack_with_ecn) {
            broken_ = !skip_ack(payload, type == ack_with_ecn);
        } else if (type == crypto) {
            const auto offset = take_integer(payload);
            const auto length = offset ? take_integer(payload) : std::nullopt;
            const auto data = length ? take(payload, *length) : std::nullopt;
            if (!data || !hold(*offset, *data)) {
                broken_ = true;
            }
        } else if (type == close) {
            return;
        } else if (type != padding && type != ping) {
            broken_ = true; // cut, or what is in no Initial packet (RFC 9000 12.4)
        }
    }
}

SaidName QuicHello::add(Bytes datagram) {
    while (const auto packet = take_packet(datagram)) {
        if (!packet->initial) {
            continue;
        }
        if (first_id_.empty()) {
            first_id_.assign(packet->destination_id.begin(), packet->destination_id.end());
        }
        // After a Retry the keys come from the new one (RFC 9001 5.2).
        auto payload =
            open_initial(client_initial_keys(packet->version, first_id_), packet->whole, packet->number_at);
        if (!payload) {
            payload = open_initial(client_initial_keys(packet->version, packet->destination_id),
                                   packet->whole, packet->number_at);
        }
        if (payload) {
            any_ = true;
            add_frames(*payload);
        }
    }
    if (!any_ || broken_) {
        return SaidName::of_foreign();
    }
    std::vector<std::uint8_t> hello;
    for (const auto& [offset, piece] : crypto_) {
        if (offset > hello.size()) {
            break;
        }
        const auto known = hello.size() - offset;
        if (known < piece.size()) {
            hello.insert(hello.end(), piece.begin() + static_cast<std::ptrdiff_t>(known), piece.end());
        }
    }
    return tls_server_name_of_handshake(hello);
}

} // namespace fwlearn::collector::names
