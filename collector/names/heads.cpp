#include "heads.hpp"

#include "client_hello.hpp"
#include "http_host.hpp"

#include <algorithm>

namespace fwlearn::collector::names {
namespace {

using namespace std::chrono_literals;

/// As long as the log rules copy what follows on a beginning.
constexpr auto patience = 10s;
constexpr std::size_t longest_head = 1U << 14U;
constexpr std::uint8_t tls_handshake = 22; // RFC 8446 5.1

} // namespace

void Heads::make_room(const Now& now) {
    if (heads_.size() < capacity_) {
        return;
    }
    const auto before = heads_.size();
    std::erase_if(heads_, [&now](const auto& entry) { return now.steady - entry.second.began > patience; });
    given_up_ += before - heads_.size();
    if (heads_.size() >= capacity_) {
        ++given_up_;
        heads_.erase(heads_.begin());
    }
}

std::optional<Heads::Said> Heads::add(const Carried& carried, const Now& now) {
    if (carried.payload.empty()) {
        return std::nullopt;
    }
    const bool udp = carried.tuple.destination.service.protocol == model::protocol::udp;
    auto found = heads_.find(carried.tuple);
    if (found != heads_.end() && now.steady - found->second.began > patience) {
        heads_.erase(found);
        found = heads_.end();
    }
    if (found == heads_.end()) {
        make_room(now);
        Head head{TcpStream(carried.sequence, longest_head), now.steady};
        if (udp) {
            head.bytes.emplace<QuicHello>();
        }
        found = heads_.emplace(carried.tuple, std::move(head)).first;
    }
    SaidName said;
    auto source = model::BindingSource::tls_sni;
    if (auto* hello = std::get_if<QuicHello>(&found->second.bytes)) {
        said = hello->add(carried.payload);
    } else if (auto* stream = std::get_if<TcpStream>(&found->second.bytes)) {
        stream->add(carried.sequence, carried.payload);
        const auto ready = stream->ready();
        const bool tls = !ready.empty() && ready.front() == tls_handshake;
        source = tls ? model::BindingSource::tls_sni : model::BindingSource::http_host;
        said = tls ? tls_server_name(ready) : http_host(ready);
        if (said.state == SaidName::State::incomplete && (carried.last || carried.cut)) {
            said.state = SaidName::State::foreign;
        }
    }
    if (said.state == SaidName::State::incomplete) {
        return std::nullopt;
    }
    heads_.erase(found);
    given_up_ += said.state == SaidName::State::foreign ? 1 : 0;
    // Also where an encrypted ClientHello goes with it: many clients send one that means nothing (GREASE, RFC
    // 9849 6.2), and nobody can tell. Where it means something the name is the front's: a label all the same.
    if (said.state != SaidName::State::complete || said.name.empty()) {
        return std::nullopt;
    }
    return Said{std::move(said.name), source};
}

} // namespace fwlearn::collector::names
