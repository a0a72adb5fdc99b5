#include "netlink_sockets.hpp"

#include "failure.hpp"
#include "process.hpp"

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace fwlearn::kernel_test {
namespace {

int option(const Fd& socket, int which) {
    int value = 0;
    socklen_t size = sizeof value;
    return getsockopt(socket.get(), SOL_SOCKET, which, &value, &size) == 0 ? value : -1;
}

sockaddr_nl address_of(const Fd& socket) {
    sockaddr_nl address{};
    socklen_t size = sizeof address;
    must(getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), "getsockname"); // NOLINT
    return address;
}

} // namespace

NetlinkSockets::NetlinkSockets(const Process& observing) {
    const Fd process(must(static_cast<int>(syscall(SYS_pidfd_open, observing.pid(), 0)), "pidfd_open"));
    const auto descriptors = "/proc/" + std::to_string(observing.pid()) + "/fd";
    for (const auto& entry : std::filesystem::directory_iterator(descriptors)) {
        const int number = std::stoi(entry.path().filename().string());
        Fd copy(static_cast<int>(syscall(SYS_pidfd_getfd, process.get(), number, 0)));
        if (copy.get() < 0 || option(copy, SO_DOMAIN) != AF_NETLINK ||
            option(copy, SO_PROTOCOL) != NETLINK_NETFILTER) {
            continue;
        }
        const auto buffer = buffer_of(copy);
        constexpr std::uint32_t for_little = 1U << 20U; // those by which it only asks have the default
        if (address_of(copy).nl_groups != 0) {
            events = std::move(copy);
        } else if (buffer > for_little) {
            log = std::move(copy);
        }
    }
    if (log.get() < 0 || events.get() < 0) {
        throw std::runtime_error("the process has not the sockets that an observer has");
    }
}

void set_buffer(const Fd& socket, int octets) {
    const int half = octets / 2; // the kernel doubles it (socket(7))
    must(setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &half, sizeof half), "SO_RCVBUFFORCE");
}

std::uint32_t octets_held(const Fd& socket) {
    std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
    socklen_t size = sizeof memory;
    must(getsockopt(socket.get(), SOL_SOCKET, SO_MEMINFO, memory.data(), &size), "SO_MEMINFO");
    return memory[SK_MEMINFO_RMEM_ALLOC];
}

std::uint32_t buffer_of(const Fd& socket) {
    return static_cast<std::uint32_t>(must(option(socket, SO_RCVBUF), "SO_RCVBUF"));
}

std::uint32_t port_of(const Fd& socket) {
    return address_of(socket).nl_pid;
}

std::uint64_t drops_of(const Namespace& where, const Fd& socket) {
    struct stat status {};
    must(fstat(socket.get(), &status), "fstat");
    const Inside inside(where);
    std::ifstream file("/proc/thread-self/net/netlink");
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
        // sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode
        std::istringstream columns(line);
        std::string skipped;
        for (int column = 0; column < 8; ++column) {
            columns >> skipped;
        }
        std::uint64_t drops = 0;
        std::uint64_t inode = 0;
        if (columns >> drops >> inode && inode == status.st_ino) {
            return drops;
        }
    }
    throw std::runtime_error("a netlink socket that /proc/net/netlink does not have");
}

} // namespace fwlearn::kernel_test
