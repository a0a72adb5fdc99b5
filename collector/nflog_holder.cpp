#include "nflog_holder.hpp"

#include <model/foreign_text.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace fwlearn::collector {
namespace {

namespace fs = std::filesystem;

/// The netlink port that is bound to the group: the first two columns of nfnetlink_log.
std::optional<std::uint32_t> port_of_group(std::uint16_t group) {
    std::ifstream file("/proc/self/net/netfilter/nfnetlink_log");
    for (std::string line; std::getline(file, line);) {
        std::istringstream columns(line);
        std::uint32_t number = 0;
        std::uint32_t port = 0;
        if (columns >> number >> port && number == group) {
            return port;
        }
    }
    return std::nullopt;
}

/// The inode of the NETLINK_NETFILTER socket with this port: columns sk, Eth, Pid, ..., Inode.
std::optional<std::uint64_t> inode_of_port(std::uint32_t port) {
    constexpr int netlink_netfilter = 12;
    std::ifstream file("/proc/self/net/netlink");
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
        std::istringstream columns(line);
        std::string socket;
        std::string skipped;
        int family = 0;
        std::uint32_t pid = 0;
        columns >> socket >> family >> pid;
        for (int column = 0; column < 6; ++column) { // Groups Rmem Wmem Dump Locks Drops
            columns >> skipped;
        }
        std::uint64_t inode = 0;
        if (columns >> inode && family == netlink_netfilter && pid == port) {
            return inode;
        }
    }
    return std::nullopt;
}

bool holds_socket(const fs::path& process, const std::string& wanted) {
    std::error_code error;
    for (fs::directory_iterator entry(process / "fd", error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code gone;
        if (fs::read_symlink(entry->path(), gone) == wanted) {
            return true;
        }
    }
    return false;
}

std::optional<std::string> process_with_socket(std::uint64_t inode) {
    const std::string wanted = "socket:[" + std::to_string(inode) + "]";
    std::error_code error;
    for (fs::directory_iterator entry("/proc", error), end; !error && entry != end; entry.increment(error)) {
        const auto pid = entry->path().filename().string();
        if (pid.find_first_not_of("0123456789") != std::string::npos ||
            !holds_socket(entry->path(), wanted)) {
            continue;
        }
        std::ifstream file(entry->path() / "comm");
        std::string comm;
        std::getline(file, comm);
        return "pid " + pid + " (" + model::for_terminal(model::ForeignText(comm)) + ")";
    }
    return std::nullopt;
}

} // namespace

std::optional<std::string> nflog_group_holder(std::uint16_t group) {
    const auto port = port_of_group(group);
    if (!port) {
        return std::nullopt;
    }
    const auto inode = inode_of_port(*port);
    const auto process = inode ? process_with_socket(*inode) : std::nullopt;
    return process ? process : "netlink port " + std::to_string(*port);
}

} // namespace fwlearn::collector
