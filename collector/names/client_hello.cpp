#include "client_hello.hpp"

#include <model/host_name.hpp>

#include <optional>
#include <vector>

namespace fwlearn::collector::names {
namespace {

using Bytes = std::span<const std::uint8_t>;
using State = SaidName::State;

/// Reads big-endian numbers and vectors (RFC 8446 3.4) from the front; once it has run out, everything is
/// empty and good() is false.
class Reader {
  public:
    explicit Reader(Bytes bytes) : rest_(bytes) {}

    std::size_t number(std::size_t octets) {
        std::size_t value = 0;
        for (const auto octet : take(octets)) {
            value = value << 8U | octet;
        }
        return value;
    }
    Bytes take(std::size_t octets) {
        if (octets > rest_.size()) {
            good_ = false;
            rest_ = {};
            return {};
        }
        const auto taken = rest_.first(octets);
        rest_ = rest_.subspan(octets);
        return taken;
    }
    /// A vector with its length before it, which takes so many octets.
    Bytes vector(std::size_t length_octets) { return take(number(length_octets)); }

    [[nodiscard]] bool good() const { return good_; }
    [[nodiscard]] bool empty() const { return rest_.empty(); }

  private:
    Bytes rest_;
    bool good_ = true;
};

/// server_name (RFC 6066 3): the first entry of type host_name, of which there may be but one. Nothing where
/// the extension is malformed; empty where it says no host's name.
std::optional<std::string> host_in(Bytes extension) {
    constexpr std::size_t host_name_type = 0;
    Reader outer(extension);
    Reader list(outer.vector(2));
    if (!outer.good() || !outer.empty()) {
        return std::nullopt;
    }
    std::string name;
    bool found = false;
    while (!list.empty()) {
        const auto type = list.number(1);
        const auto text = list.vector(2);
        if (!list.good() || (type == host_name_type && found)) {
            return std::nullopt;
        }
        if (type == host_name_type) {
            found = true;
            name = model::host_name(std::string(text.begin(), text.end())).value_or(std::string());
        }
    }
    return name;
}

SaidName read_extensions(Reader extensions) {
    constexpr std::size_t server_name = 0;
    constexpr std::size_t encrypted_client_hello = 0xfe0d; // RFC 9849; its first octet: 0 is outer, 1 inner
    SaidName said{State::complete, {}, false};
    bool found = false;
    while (!extensions.empty()) {
        const auto type = extensions.number(2);
        const auto data = extensions.vector(2);
        if (!extensions.good()) {
            return SaidName::of_foreign();
        }
        if (type == server_name) {
            auto name = host_in(data);
            if (!name || found) { // RFC 8446 4.2: no extension comes twice
                return SaidName::of_foreign();
            }
            found = true;
            said.name = std::move(*name);
        } else if (type == encrypted_client_hello) {
            said.outer = data.empty() || data.front() == 0;
        }
    }
    return said;
}

SaidName read_client_hello(Bytes body) {
    Reader reader(body);
    const auto version = reader.take(2);
    reader.take(32);  // random
    reader.vector(1); // session id
    const auto suites = reader.vector(2);
    const auto compressions = reader.vector(1);
    if (!reader.good() || version[0] != 3 || suites.size() < 2 || suites.size() % 2 != 0 ||
        compressions.empty()) {
        return SaidName::of_foreign();
    }
    if (reader.empty()) { // as before TLS 1.2
        return {State::complete, {}, false};
    }
    const auto extensions = reader.vector(2);
    return reader.good() && reader.empty() ? read_extensions(Reader(extensions)) : SaidName::of_foreign();
}

constexpr std::size_t longest_hello = 1U << 16U;
constexpr std::uint8_t client_hello = 1;

} // namespace

SaidName tls_server_name_of_handshake(Bytes handshake) {
    if (!handshake.empty() && handshake.front() != client_hello) {
        return SaidName::of_foreign();
    }
    constexpr std::size_t header = 4; // RFC 8446 4: type, length of three octets
    if (handshake.size() < header) {
        return SaidName::of_incomplete();
    }
    const auto length = Reader(handshake.subspan(1, 3)).number(3);
    if (length > longest_hello) {
        return SaidName::of_foreign();
    }
    return handshake.size() < header + length ? SaidName::of_incomplete()
                                              : read_client_hello(handshake.subspan(header, length));
}

SaidName tls_server_name(Bytes stream) {
    constexpr std::uint8_t handshake_record = 22;
    constexpr std::size_t header = 5;
    constexpr std::size_t longest_fragment = 1U << 14U; // RFC 8446 5.1
    std::vector<std::uint8_t> handshake;
    for (;;) {
        if ((!stream.empty() && stream[0] != handshake_record) || (stream.size() > 1 && stream[1] != 3)) {
            return SaidName::of_foreign();
        }
        if (stream.size() < header) {
            return SaidName::of_incomplete();
        }
        const auto length = Reader(stream.subspan(3, 2)).number(2);
        if (length == 0 || length > longest_fragment) {
            return SaidName::of_foreign();
        }
        const auto there = stream.subspan(header, std::min(length, stream.size() - header));
        handshake.insert(handshake.end(), there.begin(), there.end());
        auto said = tls_server_name_of_handshake(handshake);
        if (said.state != State::incomplete || there.size() < length) {
            return said;
        }
        stream = stream.subspan(header + length);
    }
}

} // namespace fwlearn::collector::names
