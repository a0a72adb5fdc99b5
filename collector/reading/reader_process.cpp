#include "reader_process.hpp"

#include "collector/packet_reading.hpp"
#include "confine.hpp"
#include "messages.hpp"

#include <model/errors.hpp>

#include <malloc.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

namespace fwlearn::collector::reading {
namespace {

/// Whoever can kill it at will must not keep the observer busy with starting new ones.
constexpr unsigned most_restarts_a_second = 16;

using Clock = std::chrono::steady_clock;

/// How many octets of the memory that is shared are said: all that goes by the socket. It wakes the other
/// side, tells when that has ended, and what was written before it is there behind it.
using Length = std::uint32_t;

/// Not where there was no room for what is to be said.
bool send_length(int socket, std::optional<std::size_t> octets) {
    if (!octets) {
        return false;
    }
    const auto length = static_cast<Length>(*octets);
    ssize_t sent = 0;
    do {
        sent = send(socket, &length, sizeof length, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent == sizeof length; // else SO_SNDTIMEO is over, or nobody is there
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

/// The child waits for as long as it is not asked, the observer until `end`. Nothing for more than is shared.
std::optional<std::span<const std::uint8_t>> receive(int socket, std::span<const std::uint8_t> shared,
                                                     std::optional<Clock::time_point> end) {
    Length length = 0;
    std::size_t have = 0;
    while (have < sizeof length) {
        if (end && !readable_until(socket, *end)) {
            return std::nullopt;
        }
        const ssize_t got = recv(socket, reinterpret_cast<char*>(&length) + have, // NOLINT: as octets
                                 sizeof length - have, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return std::nullopt;
        }
        have += static_cast<std::size_t>(got);
    }
    return length <= shared.size() ? std::optional(shared.first(length)) : std::nullopt;
}

/// All of the child's life.
void serve(int socket, pid_t parent, const ReaderProcess::Read& read, std::span<const std::uint8_t> question,
           std::span<std::uint8_t> answer) {
    // What is given back after each question is asked for again with the next.
    mallopt(M_TRIM_THRESHOLD, static_cast<int>(answer.size()));
    if (!confine(socket, parent)) {
        return;
    }
    while (const auto asked = receive(socket, question, std::nullopt)) {
        const auto request = read_request(*asked);
        if (!request || !send_length(socket, write(read(request->packets, request->now), answer))) {
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
    : spawner_([read = std::move(read), question = question_.octets(), answer = answer_.octets()](
                   int socket, pid_t parent) { serve(socket, parent, read, question, answer); }),
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
    dropped_before_ += std::exchange(dropped_, 0) + std::exchange(streams_open_, 0);
    given_up_before_ += std::exchange(given_up_, 0) + std::exchange(heads_open_, 0);
}

std::optional<Reading> ReaderProcess::ask(std::span<const RawPacket> packets, const Now& now) {
    if (pid_ < 0 || !send_length(socket_, write(packets, now, question_.octets()))) {
        return std::nullopt;
    }
    const auto message = receive(socket_, answer_.octets(), Clock::now() + patience_);
    if (!message) {
        return std::nullopt;
    }
    answered_.assign(message->begin(), message->end()); // it must not change while it is being looked at
    auto reading = read_reading(answered_, packets.size());
    if (reading) {
        dropped_ = reading->streams_dropped;
        given_up_ = reading->heads_given_up;
        streams_open_ = reading->streams_open;
        heads_open_ = reading->heads_open;
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
