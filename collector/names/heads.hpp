// The beginnings of connections, from which the client itself says which server it wants: TLS, HTTP, QUIC.
// Its own word, which nobody has proven. Bounded. Pure. Used by names.
#pragma once

#include "collector/now.hpp"
#include "collector/packet.hpp"
#include "quic_initial.hpp"
#include "tcp_stream.hpp"

#include <model/record.hpp>

#include <unordered_map>
#include <variant>

namespace fwlearn::collector::names {

class Heads {
  public:
    explicit Heads(std::size_t capacity = 1024) : capacity_(capacity) {}

    struct Said {
        std::string name; ///< as model::host_name() gives it
        model::BindingSource source = model::BindingSource::tls_sni;
    };
    /// Takes in what a client sent. Something as soon as it is known which name it says.
    std::optional<Said> add(const Carried& carried, const Now& now);

    /// Beginnings that were given up: neither of the three after all, malformed, or one too many.
    [[nodiscard]] std::uint64_t given_up() const { return given_up_; }

    /// Beginnings that are not whole yet: with this object they are lost.
    [[nodiscard]] std::uint64_t open() const { return heads_.size(); }

  private:
    struct Head {
        std::variant<TcpStream, QuicHello> bytes;
        std::chrono::steady_clock::time_point began;
    };
    void make_room(const Now& now);

    std::size_t capacity_;
    std::uint64_t given_up_ = 0;
    std::unordered_map<Tuple, Head> heads_;
};

} // namespace fwlearn::collector::names
