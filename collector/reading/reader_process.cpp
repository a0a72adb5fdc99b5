#include "reader_process.hpp"

#include "collector/packet_reading.hpp"
#include "confine.hpp"
#include "messages.hpp"

#include <model/errors.hpp>

#include <arpa/inet.h>
#include <malloc.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace fwlearn::collector::reading {
namespace {

/// Whoever can kill it at will must not keep the observer busy with starting new ones.
constexpr unsigned most_restarts_a_second = 16;

using Bytes = std::vector<std::uint8_t>;
using Clock = std::chrono::steady_clock;

bool send_all(int socket, const std::uint8_t* data, std::size_t left) {
    while (left > 0) {
        const ssize_t sent = send(socket, data, left, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent <= 0) { // also where SO_SNDTIMEO is over
            return false;
        }
        data += sent;
        left -= static_cast<std::size_t>(sent);
    }
    return true;
}

bool send_message(int socket, const Bytes& message) {
    const std::uint32_t length = htonl(static_cast<std::uint32_t>(message.size()));
    std::array<std::uint8_t, sizeof length> head{};
    std::memcpy(head.data(), &length, sizeof length);
    return message.size() <= longest_message && send_all(socket, head.data(), head.size()) &&
           send_all(socket, message.data(), message.size());
}

bool readable_until(int socket, Clock::time_point end) {
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
        pollfd waiting{socket, POLLIN, 0};
        const int ready = left <= 0 ? 0 : poll(&waiting, 1, static_cast<int>(left));
        if (ready >= 0 || errno != EINTR) {
            return ready > 0;
        }
    }
}

/// The child waits for as long as it is not asked, the observer until `end`.
bool receive_all(int socket, std::span<std::uint8_t> into, std::optional<Clock::time_point> end) {
    while (!into.empty()) {
        if (end && !readable_until(socket, *end)) {
            return false;
        }
        const ssize_t got = recv(socket, into.data(), into.size(), 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        into = into.subspan(static_cast<std::size_t>(got));
    }
    return true;
}

std::optional<Bytes> receive_message(int socket, std::optional<Clock::time_point> end) {
    std::array<std::uint8_t, 4> head{};
    if (!receive_all(socket, head, end)) {
        return std::nullopt;
    }
    std::uint32_t length = 0;
    std::memcpy(&length, head.data(), sizeof length);
    length = ntohl(length);
    if (length > longest_message) {
        return std::nullopt;
    }
    Bytes message(length);
    if (!receive_all(socket, message, end)) {
        return std::nullopt;
    }
    return message;
}

/// All of the child's life.
void serve(int socket, pid_t parent, const ReaderProcess::Read& read) {
    // What is given back after each question is asked for again with the next.
    mallopt(M_TRIM_THRESHOLD, longest_message);
    if (!confine(socket, parent)) {
        return;
    }
    while (const auto message = receive_message(socket, std::nullopt)) {
        const auto request = read_request(*message);
        if (!request || !send_message(socket, to_bytes(read(request->packets, request->now)))) {
            break;
        }
    }
}

} // namespace

ReaderProcess::Read ReaderProcess::reading_packets() {
    return [reader = std::make_shared<PacketReader>()](std::span<const RawPacket> packets, const Now& now) {
        return reader->read(packets, now);
    };
}

ReaderProcess::ReaderProcess(Read read, std::chrono::milliseconds patience)
    : spawner_([read = std::move(read)](int socket, pid_t parent) { serve(socket, parent, read); }),
      patience_(patience) {
    if (!start()) {
        throw model::SystemError("cannot start the process that reads packets");
    }
    if (!ask({}, {})) {
        throw model::SystemError(
            "the process that reads packets cannot give up its privileges: a filter of system "
            "calls may forbid seccomp(2), capset(2) or setresuid(2)");
    }
}

ReaderProcess::~ReaderProcess() {
    end();
}

bool ReaderProcess::start() {
    const auto child = spawner_.start();
    if (child.socket < 0) {
        return false;
    }
    const timeval patience{std::chrono::floor<std::chrono::seconds>(patience_).count(),
                           (patience_ % std::chrono::seconds(1)) / std::chrono::microseconds(1)};
    setsockopt(child.socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    socket_ = child.socket;
    pid_ = child.pid;
    return true;
}

void ReaderProcess::end() {
    if (pid_ < 0) {
        return;
    }
    close(socket_);
    pid_ = -1;
    dropped_before_ += std::exchange(dropped_, 0);
    given_up_before_ += std::exchange(given_up_, 0);
}

std::optional<Reading> ReaderProcess::ask(std::span<const RawPacket> packets, const Now& now) {
    if (pid_ < 0 || !send_message(socket_, to_bytes(packets, now))) {
        return std::nullopt;
    }
    const auto message = receive_message(socket_, Clock::now() + patience_);
    auto reading = message ? read_reading(*message, packets.size()) : std::nullopt;
    if (reading) {
        dropped_ = reading->streams_dropped;
        given_up_ = reading->heads_given_up;
    }
    return reading;
}

bool ReaderProcess::start_again(const Now& now) {
    end();
    if (now.steady - second_ >= std::chrono::seconds(1)) {
        second_ = now.steady;
        restarts_this_second_ = 0;
    }
    if (restarts_this_second_ >= most_restarts_a_second) {
        return false;
    }
    ++restarts_this_second_;
    ++restarts_;
    return start(); // where the host has no room for a process now, it is asked again with the next packets
}

Reading ReaderProcess::read(std::span<const RawPacket> packets, const Now& now) {
    if (pid_ >= 0 || start_again(now)) {
        if (auto reading = ask(packets, now)) {
            return std::move(*reading);
        }
    }
    Reading all;
    bool alive = start_again(now);
    for (const auto& packet : packets) {
        auto one = alive ? ask(std::span(&packet, 1), now) : std::nullopt;
        if (one) {
            all.packets.push_back(std::move(one->packets.front()));
            continue;
        }
        ++fatal_packets_;
        all.packets.emplace_back();
        alive = start_again(now);
    }
    return all;
}

std::vector<std::pair<std::string, std::uint64_t>> ReaderProcess::counters() const {
    return {{"reader_restarts", restarts_},
            {"packets_fatal", fatal_packets_},
            {"dns_streams_dropped", dropped_before_ + dropped_},
            {"names_given_up", given_up_before_ + given_up_}};
}

} // namespace fwlearn::collector::reading

namespace fwlearn::collector {

PacketReading::PacketReading() : process(std::make_unique<reading::ReaderProcess>()) {}
PacketReading::~PacketReading() = default;
PacketReading::PacketReading(PacketReading&&) noexcept = default;

} // namespace fwlearn::collector
