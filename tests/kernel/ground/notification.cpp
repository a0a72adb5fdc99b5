#include "notification.hpp"

#include "failure.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstring>

namespace fwlearn::kernel_test {

Notification::Notification() : socket_(must(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket")) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    const auto where = path();
    if (where.size() >= sizeof(at.sun_path)) {
        throw std::runtime_error("too long a path for a socket: " + where);
    }
    std::memcpy(at.sun_path, where.data(), where.size());
    must(bind(socket_.get(), reinterpret_cast<const sockaddr*>(&at), sizeof(at)), "bind"); // NOLINT
}

std::string Notification::next(const Process& process) {
    std::array<pollfd, 2> either{pollfd{socket_.get(), POLLIN, 0}, pollfd{process.ended_fd(), POLLIN, 0}};
    constexpr int patience = 60000;
    if (must(poll(either.data(), either.size(), patience), "poll") == 0) {
        throw std::runtime_error("a program says nothing any more: " + process.err());
    }
    if ((either[0].revents & POLLIN) == 0) {
        throw std::runtime_error("a program that was to say something has ended: " + process.err());
    }
    std::array<char, 4096> message{};
    const auto size = must(static_cast<int>(recv(socket_.get(), message.data(), message.size(), 0)), "recv");
    return {message.data(), static_cast<std::size_t>(size)};
}

std::string Notification::wait_until_ready(const Process& process) {
    std::string said;
    while (said.find("READY=1") == std::string::npos) {
        said += next(process) + '\n';
    }
    return said;
}

} // namespace fwlearn::kernel_test
