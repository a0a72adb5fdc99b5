#include "name_server.hpp"

#include "endpoint.hpp"
#include "failure.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace fwlearn::kernel_test {
namespace {

constexpr std::size_t header = 12; // RFC 1035 4.1.1

void put_16(std::vector<std::uint8_t>& bytes, std::size_t value) {
    bytes.push_back(static_cast<std::uint8_t>(value >> 8U));
    bytes.push_back(static_cast<std::uint8_t>(value));
}

Fd bound(const model::Address& address, int type) {
    Fd socket_fd(must(socket(domain(address), type | SOCK_CLOEXEC, 0), "socket"));
    const int yes = 1;
    must(setsockopt(socket_fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), "SO_REUSEADDR");
    const auto here = endpoint(address, 53);
    must(bind(socket_fd.get(), here.get(), here.size), "bind port 53");
    return socket_fd;
}

} // namespace

NameServer::NameServer(const Lab& lab, const model::Address& address)
    : address_(address), stop_(must(eventfd(0, EFD_CLOEXEC), "eventfd")) {
    const Inside inside(lab.internet());
    udp_ = bound(address, SOCK_DGRAM);
    tcp_ = bound(address, SOCK_STREAM);
    must(listen(tcp_.get(), 64), "listen");
    thread_ = std::thread([this] { serve(); });
}

NameServer::~NameServer() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(stop_.get(), &one, sizeof one);
    thread_.join();
}

void NameServer::set(const std::string& name, std::vector<model::Address> addresses, std::uint32_t ttl) {
    const std::lock_guard lock(mutex_);
    auto& zone = zones_[name];
    zone.addresses = std::move(addresses);
    zone.ttl = ttl;
}

void NameServer::silence(const std::string& name) {
    const std::lock_guard lock(mutex_);
    zones_[name].silent = true;
}

void NameServer::fail(const std::string& name, std::size_t type) {
    const std::lock_guard lock(mutex_);
    zones_[name].failing.insert(type);
}

std::vector<std::uint8_t> NameServer::answer(const std::vector<std::uint8_t>& question, bool over_udp) {
    std::string name;
    std::size_t at = header;
    while (at < question.size() && question[at] != 0) {
        const std::size_t length = question[at];
        if (at + 1 + length >= question.size()) {
            return {};
        }
        for (std::size_t index = 0; index < length; ++index) {
            const auto byte = static_cast<char>(question[at + 1 + index]);
            name += byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
        }
        name += '.';
        at += 1 + length;
    }
    if (at + 5 > question.size()) {
        return {};
    }
    const std::size_t type = std::size_t{question[at + 1]} << 8U | question[at + 2];
    const std::lock_guard lock(mutex_);
    const auto zone = zones_.find(name.empty() ? name : name.substr(0, name.size() - 1));
    if (zone != zones_.end() && zone->second.silent) {
        return {};
    }
    const bool failed = zone != zones_.end() && zone->second.failing.contains(type);
    const bool known = zone != zones_.end() && !zone->second.addresses.empty();
    std::vector<model::Address> addresses;
    if (known && !failed) {
        for (const auto& address : zone->second.addresses) {
            if (address.octets().size() == (type == 1 ? 4U : type == 28 ? 16U : 0U)) {
                addresses.push_back(address);
            }
        }
    }
    const bool truncated = over_udp && addresses.size() > truncate_beyond_;
    if (truncated) {
        addresses.clear();
    }
    std::vector<std::uint8_t> bytes(question.begin(), question.begin() + 2);
    const std::size_t rcode = failed ? 2 : known ? 0 : 3;        // SERVFAIL, NXDOMAIN
    put_16(bytes, 0x8580U | (truncated ? 0x0200U : 0U) | rcode); // authoritative; TC
    put_16(bytes, 1);
    put_16(bytes, addresses.size());
    put_16(bytes, 0);
    put_16(bytes, 0);
    bytes.insert(bytes.end(), question.begin() + header,
                 question.begin() + static_cast<std::ptrdiff_t>(at + 5));
    for (const auto& address : addresses) {
        put_16(bytes, 0xc000U | header); // the question's name
        put_16(bytes, type);
        put_16(bytes, 1);
        put_16(bytes, zone->second.ttl >> 16U);
        put_16(bytes, zone->second.ttl & 0xffffU);
        put_16(bytes, address.octets().size());
        bytes.insert(bytes.end(), address.octets().begin(), address.octets().end());
    }
    return bytes;
}

/// One connection at a time: its questions come at once.
void NameServer::serve_tcp() {
    Fd client(accept4(tcp_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (client.get() < 0) {
        return;
    }
    if (mute_over_tcp_) {
        kept_open_.push_back(std::move(client));
        return;
    }
    const timeval patience{2, 0};
    setsockopt(client.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    std::array<std::uint8_t, 2> length{};
    while (recv(client.get(), length.data(), length.size(), MSG_WAITALL) == 2) {
        std::vector<std::uint8_t> question(std::size_t{length[0]} << 8U | length[1]);
        if (recv(client.get(), question.data(), question.size(), MSG_WAITALL) !=
            static_cast<ssize_t>(question.size())) {
            return;
        }
        const auto body = answer(question, false);
        std::vector<std::uint8_t> message;
        put_16(message, body.size());
        message.insert(message.end(), body.begin(), body.end());
        // In two packets, as they may come, of which the second may be large.
        const auto first = std::min<std::size_t>(message.size() / 2, 100);
        [[maybe_unused]] auto sent = send(client.get(), message.data(), first, MSG_NOSIGNAL);
        sent = send(client.get(), message.data() + first, message.size() - first, MSG_NOSIGNAL);
    }
}

void NameServer::serve() {
    std::array<pollfd, 3> waiting{
        {{stop_.get(), POLLIN, 0}, {udp_.get(), POLLIN, 0}, {tcp_.get(), POLLIN, 0}}};
    while (poll(waiting.data(), waiting.size(), -1) > 0 && (waiting[0].revents & POLLIN) == 0) {
        if ((waiting[1].revents & POLLIN) != 0) {
            std::vector<std::uint8_t> question(4096);
            sockaddr_storage from{};
            socklen_t size = sizeof from;
            // NOLINTNEXTLINE: what sockets take
            auto* const peer = reinterpret_cast<sockaddr*>(&from);
            const auto length = recvfrom(udp_.get(), question.data(), question.size(), 0, peer, &size);
            if (length > static_cast<ssize_t>(header)) {
                question.resize(static_cast<std::size_t>(length));
                const auto bytes = answer(question, true);
                for (unsigned sent = 0; sent < times_ && !bytes.empty(); ++sent) {
                    sendto(udp_.get(), bytes.data(), bytes.size(), 0, peer, size);
                }
            }
        }
        if ((waiting[2].revents & POLLIN) != 0) {
            serve_tcp();
        }
    }
}

} // namespace fwlearn::kernel_test
