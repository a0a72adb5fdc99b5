// The least that a listener can do: receives the kernel's packet log, counts the messages, and keeps nothing.
// What it costs is the limit for everybody who uses libnetfilter_log. With `ends` it also receives what
// conntrack tells of each connection's end, and throws it away: the limit for who wants to know both.
//   bench_receive_only GROUP FILE [ends]      until SIGTERM; then FILE has how many packets came
#include <libnetfilter_log/libnetfilter_log.h>
#include <linux/netfilter/nfnetlink_compat.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <linux/netlink.h>
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
#include <memory>
#include <string_view>
#include <vector>

namespace {

constexpr int buffer_size = 64 << 20;

/// As fwlearn's collector opens and reads its own.
class ConntrackEnds {
  public:
    ConntrackEnds() : fd_(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER)) {
        sockaddr_nl address{};
        address.nl_family = AF_NETLINK;
        address.nl_groups = NF_NETLINK_CONNTRACK_DESTROY;
        if (fd_ < 0 ||
            bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) { // NOLINT
            std::perror("bench_receive_only");
            std::exit(1); // NOLINT: there are no threads
        }
        setsockopt(fd_, SOL_SOCKET, SO_RCVBUFFORCE, &buffer_size, sizeof buffer_size);
        for (std::size_t index = 0; index < together; ++index) {
            parts_.at(index) = {buffer_.data() + index * longest, longest};
            messages_.at(index).msg_hdr.msg_iov = &parts_.at(index);
            messages_.at(index).msg_hdr.msg_iovlen = 1;
        }
    }
    /// All that are there.
    void read() {
        while (recvmmsg(fd_, messages_.data(), together, MSG_DONTWAIT, nullptr) > 0 || errno == ENOBUFS) {
            errno = 0;
        }
    }

  private:
    static constexpr std::size_t together = 64;
    static constexpr std::size_t longest = 4096;
    int fd_;
    std::vector<char> buffer_ = std::vector<char>(together * longest);
    std::array<iovec, together> parts_{};
    std::array<mmsghdr, together> messages_{};
};

} // namespace

int main(int argc, char** argv) {
    const bool with_ends = argc == 4 && std::string_view(argv[3]) == "ends"; // NOLINT
    if (argc != 3 && !with_ends) {
        std::fputs("usage: bench_receive_only GROUP FILE [ends]\n", stderr);
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
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer_size, sizeof buffer_size);
    auto conntrack = with_ends ? std::make_unique<ConntrackEnds>() : nullptr;
    std::vector<char> message(1U << 17U);
    std::array<pollfd, 2> both{{{fd, POLLIN, 0}, {ended, POLLIN, 0}}};
    while (true) {
        if (conntrack) {
            // As fwlearn under load: what comes within so long is read together.
            constexpr int rest = 100;
            poll(&both[1], 1, rest);
            conntrack->read();
        } else {
            poll(both.data(), both.size(), -1);
        }
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
