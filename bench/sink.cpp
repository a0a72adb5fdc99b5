#include "sink.hpp"

#include "paired.hpp"

#include <ground/failure.hpp>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <chrono>
#include <csignal>

namespace fwlearn::bench {
namespace {

using kernel_test::Fd;
using kernel_test::must;

Fd bound(int type) {
    Fd socket(must(::socket(AF_INET6, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket"));
    sockaddr_in6 any{};
    any.sin6_family = AF_INET6;
    any.sin6_port = htons(Sink::port);
    must(bind(socket.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any), "bind"); // NOLINT
    return socket;
}

void watch(int poller, int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    must(epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

[[noreturn]] void serve(int listener) {
    const Fd poller(must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1"));
    watch(poller.get(), listener);
    std::array<epoll_event, 64> events{};
    // Awake for so long after something came: waking it is an interrupt to the other CPU, for which a virtual
    // machine's sender pays more than for all else.
    constexpr auto awake = std::chrono::milliseconds(10);
    auto last = std::chrono::steady_clock::now();
    while (true) {
        const auto now = std::chrono::steady_clock::now();
        const int count = epoll_wait(poller.get(), events.data(), events.size(), now - last < awake ? 0 : -1);
        last = count > 0 ? std::chrono::steady_clock::now() : last;
        for (int i = 0; i < count; ++i) {
            const int fd = events.at(static_cast<std::size_t>(i)).data.fd;
            if (fd == listener) {
                for (int fresh = 0; (fresh = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
                    watch(poller.get(), fresh);
                }
                continue;
            }
            // Thrown away without being copied (tcp(7), MSG_TRUNC).
            constexpr std::size_t much = 1 << 20;
            const auto length = recv(fd, nullptr, much, MSG_TRUNC);
            if (length == 0 || (length < 0 && errno != EAGAIN)) {
                close(fd);
            }
        }
    }
}

} // namespace

Sink::Sink(const kernel_test::Lab& lab) {
    const kernel_test::Inside inside(lab.internet());
    const Fd listener = bound(SOCK_STREAM);
    const Fd silent = bound(SOCK_DGRAM);
    constexpr int backlog = 4096;
    must(listen(listener.get(), backlog), "listen");
    pid_ = must(fork(), "fork");
    if (pid_ == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        stay_on(1);
        try {
            serve(listener.get());
        } catch (const std::exception&) {
            _exit(1);
        }
    }
}

Sink::~Sink() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
}

} // namespace fwlearn::bench
