// A process that lives for a moment: sends one flow in one way and is gone. Says on descriptor 3, before it
// sends, who it is, so that the test knows what the attribution must find. Run by attribution_test, thousands
// of times; so no library that takes long to start.
#include "said.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <liburing.h>
#include <linux/in.h>
#include <linux/netlink.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

using fwlearn::kernel_test::Said;

namespace {

struct Target {
    sockaddr_storage storage{};
    socklen_t size = 0;
    int family = 0;
    std::uint16_t port = 0;
    const char* text = nullptr;

    [[nodiscard]] const sockaddr* get() const {
        return reinterpret_cast<const sockaddr*>(&storage);
    } // NOLINT
};

Target target_of(const char* address, std::uint16_t port, bool mapped) {
    Target target;
    target.port = port;
    target.text = address;
    auto* v4 = reinterpret_cast<sockaddr_in*>(&target.storage);  // NOLINT
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&target.storage); // NOLINT
    if (!mapped && inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        target.size = sizeof *v4;
        target.family = AF_INET;
    } else {
        const std::string text = mapped ? std::string("::ffff:") + address : address;
        if (inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) != 1) {
            _exit(2);
        }
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        target.size = sizeof *v6;
        target.family = AF_INET6;
    }
    return target;
}

Said said;

void say() {
    said.pid = getpid();
    if (write(3, &said, sizeof said) != static_cast<ssize_t>(sizeof said)) {
        _exit(3);
    }
}

/// From now on this process is the one before's child.
void descend() {
    for (int i = Said::most_ancestors - 1; i > 0; --i) {
        said.ancestors[i] = said.ancestors[i - 1]; // NOLINT
    }
    said.ancestors[0] = said.pid;
    said.pid = getpid();
}

int must(int result) {
    if (result < 0) {
        _exit(4);
    }
    return result;
}

void udp(const Target& to, bool connected, int protocol = 0) {
    const int fd = must(socket(to.family, SOCK_DGRAM, protocol));
    say();
    if (connected) {
        must(connect(fd, to.get(), to.size));
        must(static_cast<int>(send(fd, "x", 1, 0)));
    } else {
        must(static_cast<int>(sendto(fd, "x", 1, 0, to.get(), to.size)));
    }
}

/// Refused or not: the first packet has left.
void tcp(const Target& to, int protocol = 0, int flags = 0) {
    const int fd = must(socket(to.family, SOCK_STREAM | flags, protocol));
    say();
    (void)connect(fd, to.get(), to.size);
}

void echo(const Target& to, int type, std::uint16_t identifier) {
    const bool v6 = to.family == AF_INET6;
    const int fd =
        must(socket(to.family, type, v6 ? static_cast<int>(IPPROTO_ICMPV6) : static_cast<int>(IPPROTO_ICMP)));
    icmphdr message{};
    message.type = v6 ? std::uint8_t{ICMP6_ECHO_REQUEST} : std::uint8_t{ICMP_ECHO};
    message.un.echo.id = htons(identifier);
    if (type == SOCK_DGRAM) { // a ping socket's identifier is its port (net/ipv4/ping.c)
        sockaddr_storage own{};
        own.ss_family = static_cast<sa_family_t>(to.family);
        reinterpret_cast<sockaddr_in*>(&own)->sin_port = htons(identifier); // NOLINT: the same place in both
        must(bind(fd, reinterpret_cast<const sockaddr*>(&own), to.size));   // NOLINT
    } else if (!v6) {
        std::uint32_t sum = message.type + std::uint32_t{message.un.echo.id};
        sum = (sum & 0xffffU) + (sum >> 16U);
        message.checksum = static_cast<std::uint16_t>(~sum);
    }
    Target bare = to;
    reinterpret_cast<sockaddr_in*>(&bare.storage)->sin_port = 0; // NOLINT
    say();
    must(static_cast<int>(sendto(fd, &message, sizeof message, 0, bare.get(), bare.size)));
}

void raw(const Target& to, int protocol) {
    const int fd = must(socket(to.family, SOCK_RAW, protocol));
    Target bare = to;
    reinterpret_cast<sockaddr_in6*>(&bare.storage)->sin6_port = 0; // NOLINT
    say();
    must(static_cast<int>(sendto(fd, "x", 1, 0, bare.get(), bare.size)));
}

void fast_open(const Target& to) {
    const int fd = must(socket(to.family, SOCK_STREAM, 0));
    say();
    (void)sendto(fd, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, to.get(), to.size);
}

void ring(const Target& to, bool polled) {
    io_uring uring{};
    must(io_uring_queue_init(4, &uring, polled ? IORING_SETUP_SQPOLL : 0));
    const int fd = must(socket(to.family, polled ? SOCK_DGRAM : SOCK_STREAM, 0));
    char byte = 'x';
    iovec part{&byte, 1};
    msghdr message{};
    message.msg_name = const_cast<sockaddr_storage*>(&to.storage); // NOLINT: not written to
    message.msg_namelen = to.size;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    auto* entry = io_uring_get_sqe(&uring);
    if (polled) {
        io_uring_prep_sendmsg(entry, fd, &message, 0);
    } else {
        io_uring_prep_connect(entry, fd, const_cast<sockaddr*>(to.get()), to.size); // NOLINT: not written to
    }
    say();
    must(io_uring_submit(&uring));
    io_uring_cqe* done = nullptr;
    must(io_uring_wait_cqe(&uring, &done));
    if (polled) {
        must(done->res);
    }
}

/// The socket is made here, the child sends.
void inherited(const Target& to) {
    const int fd = must(socket(to.family, SOCK_DGRAM, 0));
    if (must(fork()) == 0) {
        descend();
        say();
        must(static_cast<int>(sendto(fd, "x", 1, 0, to.get(), to.size)));
        _exit(0);
    }
    wait(nullptr);
}

/// The socket is made by a child, and comes here over a socket.
void passed(const Target& to) {
    int pair[2] = {}; // NOLINT: socketpair(2)
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    char byte = 'x';
    iovec part{&byte, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {}; // NOLINT
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    if (must(fork()) == 0) {
        const int made = must(socket(to.family, SOCK_DGRAM, 0));
        auto* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(header), &made, sizeof made);
        must(static_cast<int>(sendmsg(pair[1], &message, 0)));
        _exit(0);
    }
    must(static_cast<int>(recvmsg(pair[0], &message, 0)));
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    wait(nullptr);
    say();
    must(static_cast<int>(sendto(fd, "x", 1, 0, to.get(), to.size)));
}

/// Both ancestors are gone when the grandchild sends; the pipe's end tells it.
void orphaned(const Target& to) {
    int alive[2] = {}; // NOLINT: pipe(2)
    must(pipe2(alive, O_CLOEXEC));
    if (must(fork()) == 0) {
        descend();
        if (must(fork()) == 0) {
            descend();
            close(alive[1]);
            char end = 0;
            (void)read(alive[0], &end, 1);
            udp(to, false);
        }
        _exit(0);
    }
}

void become(const char* program, const std::string& script) {
    say();
    execl(program, program, "-c", script.c_str(), nullptr);
    _exit(5);
}

/// Calls itself a kernel thread and paints over its arguments.
void disguise(char** argv, int argc) {
    prctl(PR_SET_NAME, "kworker/0:1");
    for (int i = 0; i < argc; ++i) {
        std::memset(argv[i], 'x', std::strlen(argv[i])); // NOLINT
    }
}

/// A new flow with every datagram: all ports from PORT on.
void flood(Target to) {
    const int fd = must(socket(to.family, SOCK_DGRAM, 0));
    say();
    for (std::uint32_t port = to.port; port <= 65535; ++port) {
        reinterpret_cast<sockaddr_in*>(&to.storage)->sin_port =
            htons(static_cast<std::uint16_t>(port)); // NOLINT
        (void)sendto(fd, "x", 1, 0, to.get(), to.size);
    }
}

} // namespace

/// fwlearn_sender KIND INDEX UID ADDRESS PORT
int main(int argc, char** argv) {
    if (argc != 6) {
        return 1;
    }
    const std::string kind = argv[1];
    said.index = static_cast<std::uint32_t>(std::atoi(argv[2]));
    const auto uid = static_cast<uid_t>(std::atoi(argv[3]));
    const auto port = static_cast<std::uint16_t>(std::atoi(argv[5]));
    const auto to = target_of(argv[4], port, kind == "ipv4_mapped");
    said.pid = getpid();
    said.ancestors[0] = getppid();
    if (kind == "mount_namespace" && unshare(CLONE_NEWNS) != 0) {
        return 1;
    }
    if (uid != 0 && (setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0)) {
        return 1;
    }
    if (kind == "udp" || kind == "udp6" || kind == "ipv4_mapped" || kind == "mount_namespace") {
        udp(to, false);
    } else if (kind == "disguised") {
        disguise(argv, argc);
        udp(to, false);
    } else if (kind == "flood") {
        flood(to);
    } else if (kind == "udp_connected") {
        udp(to, true);
    } else if (kind == "udp_lite") {
        udp(to, false, IPPROTO_UDPLITE);
    } else if (kind == "tcp" || kind == "tcp6") {
        tcp(to);
    } else if (kind == "tcp_nonblocking") {
        tcp(to, 0, SOCK_NONBLOCK);
    } else if (kind == "mptcp") {
        tcp(to, IPPROTO_MPTCP);
    } else if (kind == "tcp_fast_open") {
        fast_open(to);
    } else if (kind == "ping" || kind == "ping6") {
        echo(to, SOCK_DGRAM, port);
    } else if (kind == "raw_icmp") {
        echo(to, SOCK_RAW, port);
    } else if (kind == "raw_253") {
        raw(to, 253);
    } else if (kind == "io_uring") {
        ring(to, false);
    } else if (kind == "io_uring_polled") {
        ring(to, true);
    } else if (kind == "inherited") {
        inherited(to);
    } else if (kind == "passed") {
        passed(to);
    } else if (kind == "double_fork") {
        orphaned(to);
    } else if (kind == "bash") {
        become("/usr/bin/bash",
               std::string("exec 2>/dev/null 4<>/dev/tcp/") + to.text + "/" + std::to_string(port));
    } else if (kind == "python") {
        become(
            "/usr/bin/python3",
            std::string("import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('") +
                to.text + "', " + std::to_string(port) + "))");
    } else {
        return 1;
    }
    _exit(0);
}
