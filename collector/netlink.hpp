// What every netlink socket of the collector has in common: receiving without blocking, believing only the
// kernel, walking messages, asking for a dump. Private to this room.
#pragma once

#include <model/errors.hpp>

#include <libmnl/libmnl.h>

#include <functional>
#include <memory>
#include <span>

namespace fwlearn::collector::netlink {

/// What the kernel tells at once, in a dump or of a change, takes less.
inline constexpr std::size_t buffer_size = 1U << 17U;

struct CloseSocket {
    void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
};
using Socket = std::unique_ptr<mnl_socket, CloseSocket>;

/// `purpose` begins the SystemError's line: "cannot ...".
Socket open(int family, unsigned groups, const std::string& purpose);

/// Memory for messages, none of which is touched before the first comes.
class Buffer {
  public:
    explicit Buffer(std::size_t size) : size_(size), octets_(std::make_unique_for_overwrite<char[]>(size)) {}
    [[nodiscard]] std::span<char> octets() { return {octets_.get(), size_}; }

  private:
    std::size_t size_;
    std::unique_ptr<char[]> octets_;
};

enum class Received { data, nothing, overrun, forged };

/// One recvmsg(2) that never blocks. `data` leaves the message in `buffer` and its length in `length`.
Received receive(int fd, std::span<char> buffer, std::size_t& length);

/// Messages of which many come at once, and each of which is small: they are received together, because a
/// system call for each costs more than what is in it.
class Inbox {
  public:
    /// One recvmmsg(2) that never blocks; `handler` gets each message of the kernel's.
    struct Brought {
        bool more = false; ///< the socket may hold more
        bool overrun = false;
        std::size_t forged = 0;
        std::size_t too_long = 0; ///< messages that did not fit, and were cut off
    };
    Brought receive(int fd, const std::function<void(std::span<const char>)>& handler);

    static constexpr std::size_t messages = 64;

  private:
    /// An event of conntrack's takes about 300 octets. Not 4096: then all of them would begin in the same few
    /// places of the processor's first cache.
    static constexpr std::size_t longest = 4096 + 320;
    Buffer buffer_{messages * longest};
};

/// As large a receive buffer as a stall of seconds under load needs: the default of 208 KiB is full after a
/// millisecond's burst. Gives back what it has come to, in octets: without CAP_NET_ADMIN over the machine
/// that is no more than net.core.rmem_max.
std::size_t enlarge_buffer(int fd);

/// How many messages the kernel could not put into this socket's buffer since it was made: the column Drops
/// of /proc/net/netlink. It counts up to 2^32 and then from 0.
std::uint32_t drops(int fd);

using Handler = std::function<void(const nlmsghdr*)>;

/// Calls the handler for each message of one datagram. False when it held the end of a dump.
/// An error message of the kernel's, or a dump that ended with an error, becomes a SystemError that begins
/// with `purpose`.
bool for_each_message(std::span<const char> data, const std::string& purpose, const Handler& handler);

/// Sends the request (NLM_F_DUMP) and calls the handler for each message of the answer.
void dump(mnl_socket* socket, const nlmsghdr* request, const std::string& purpose, const Handler& handler);

} // namespace fwlearn::collector::netlink
