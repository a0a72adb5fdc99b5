// The least that a listener can do: receives the kernel's packet log, counts the messages, and keeps nothing.
// What it costs is the limit for everybody who uses libnetfilter_log.
//   bench_receive_only GROUP FILE      until SIGTERM; then FILE has how many packets came
#include <libnetfilter_log/libnetfilter_log.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <vector>

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fputs("usage: bench_receive_only GROUP FILE\n", stderr);
        return 2;
    }
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, nullptr);
    const int ended = signalfd(-1, &ends, SFD_CLOEXEC);
    nflog_handle* const handle = nflog_open();
    nflog_g_handle* const group =
        handle == nullptr
            ? nullptr
            : nflog_bind_group(handle, static_cast<std::uint16_t>(std::atoi(argv[1]))); // NOLINT
    if (group == nullptr) {
        std::perror("bench_receive_only");
        return 1;
    }
    std::uint64_t packets = 0;
    nflog_callback_register(
        group,
        [](nflog_g_handle*, nfgenmsg*, nflog_data*, void* count) {
            ++*static_cast<std::uint64_t*>(count);
            return 0;
        },
        &packets);
    // As fwlearn's collector sets up its own.
    nflog_set_mode(group, NFULNL_COPY_PACKET, 128);
    nflog_set_nlbufsiz(group, 1U << 15U);
    nflog_set_qthresh(group, 128);
    nflog_set_timeout(group, 10);
    const int fd = nflog_fd(handle);
    const int buffer = 64 << 20;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
    std::vector<char> message(1U << 17U);
    std::array<pollfd, 2> both{{{fd, POLLIN, 0}, {ended, POLLIN, 0}}};
    while (true) {
        poll(both.data(), both.size(), -1);
        for (ssize_t length = 0;
             (length = recv(fd, message.data(), message.size(), MSG_DONTWAIT)) > 0 || errno == ENOBUFS;) {
            if (length > 0) {
                nflog_handle_packet(handle, message.data(), static_cast<int>(length));
            } else {
                errno = 0;
            }
        }
        if ((both[1].revents & POLLIN) != 0) {
            std::ofstream(argv[2]) << packets << '\n'; // NOLINT
            return 0;
        }
    }
}
