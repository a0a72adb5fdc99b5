#include "netns.hpp"

#include "failure.hpp"
#include "process.hpp"

#include <fcntl.h>
#include <sched.h>

#include <charconv>
#include <csignal>
#include <filesystem>
#include <random>

namespace fwlearn::kernel_test {
namespace {

constexpr std::string_view prefix = "fwl-";

/// A test that was killed (ctest's timeout) leaves its namespaces: their names say whose they were.
void remove_those_of_the_dead() {
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator("/var/run/netns", none)) {
        const auto name = entry.path().filename().string();
        int pid = 0;
        if (name.starts_with(prefix) &&
            std::from_chars(name.data() + prefix.size(), name.data() + name.size(), pid).ec == std::errc{} &&
            pid > 0 && kill(pid, 0) != 0 && errno == ESRCH) {
            run({"ip", "netns", "del", name});
        }
    }
}

std::string unique_name(std::string_view role) {
    remove_those_of_the_dead();
    return std::string(prefix) + std::to_string(getpid()) + "-" +
           std::to_string(std::random_device{}() % 100000) + "-" + std::string(role);
}

} // namespace

Namespace::Namespace(std::string name) : name_(std::move(name)) {
    must_run({"ip", "netns", "add", name_});
}

Namespace::~Namespace() {
    try {
        run({"ip", "netns", "del", name_});
    } catch (const std::exception&) {
        // The next lab removes it.
    }
}

Inside::Inside(const Namespace& target)
    : before_(must(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "open our network namespace")) {
    const Fd there(
        must(open(("/var/run/netns/" + target.name()).c_str(), O_RDONLY | O_CLOEXEC), target.name()));
    must(setns(there.get(), CLONE_NEWNET), "setns");
}

Inside::~Inside() {
    if (setns(before_.get(), CLONE_NEWNET) != 0) {
        std::terminate(); // nothing may go on in the wrong network
    }
}

void set_sysctl(const Namespace& where, const std::string& name, std::string_view value) {
    const Inside inside(where);
    const Fd file(must(open(("/proc/sys/" + name).c_str(), O_WRONLY | O_CLOEXEC), name));
    must(static_cast<int>(write(file.get(), value.data(), value.size())), name);
}

model::Address Lab::server_address(model::Family family) {
    return *model::Address::parse(family == model::Family::ipv4 ? "192.0.2.10" : "2001:db8:1::10");
}

model::Address Lab::internet_address(model::Family family, unsigned index) {
    if (family == model::Family::ipv4) {
        constexpr std::uint32_t test_net_2 = 0xc6336400; // 198.51.100.0/24
        constexpr std::uint32_t test_net_3 = 0xcb007100; // 203.0.113.0/24
        return model::Address::v4((index & 0x100U) != 0 ? test_net_3 | (index & 0xffU)
                                                        : test_net_2 | (index & 0xffU));
    }
    std::array<std::uint8_t, 16> octets{0x20, 0x01, 0x0d, 0xb8, 0, 2};
    octets[14] = static_cast<std::uint8_t>(index >> 8U);
    octets[15] = static_cast<std::uint8_t>(index);
    return model::Address::v6(octets);
}

Lab::Lab() : server_(unique_name("server")), internet_(unique_name("internet")) {
    for (const auto* side : {&server_, &internet_}) {
        // No waiting for duplicate addresses, and no chatter of the kernel's own.
        for (const auto* which : {"all", "default"}) {
            const auto conf = std::string("net/ipv6/conf/") + which;
            set_sysctl(*side, conf + "/accept_dad", "0");
            set_sysctl(*side, conf + "/accept_ra", "0");
            set_sysctl(*side, conf + "/router_solicitations", "0");
            set_sysctl(*side, conf + "/mldv2_unsolicited_report_interval", "1");
        }
        set_sysctl(*side, "net/ipv4/igmp_qrv", "1");
        // Every refusal is told: by default the kernel limits how many ICMP errors it sends.
        set_sysctl(*side, "net/ipv4/icmp_ratemask", "0");
        set_sysctl(*side, "net/ipv6/icmp/ratelimit", "0");
        set_sysctl(*side, "net/ipv6/icmp/ratemask", "255");
    }
    set_sysctl(server_, "net/ipv4/ping_group_range", "0 2147483647");
    set_sysctl(internet_, "net/ipv6/ip_nonlocal_bind",
               "1"); // a UDP answer from an address of the whole prefix

    // Neighbours are known beforehand, so that rules under test are judged by the packets in question alone.
    must_run({"ip", "-n", server_.name(), "link", "add", cable, "address", "02:00:00:00:00:10", "type",
              "veth", "peer", "name", cable, "address", "02:00:00:00:00:01", "netns", internet_.name()});
    must_run({"ip", "-n", server_.name(), "-batch", "-"}, {.input = R"(link set lo up
link set eth0 up
address add 192.0.2.10/24 dev eth0
address add 2001:db8:1::10/64 dev eth0 nodad
neighbour replace 192.0.2.1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent
neighbour replace 2001:db8:1::1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent
)"});
    must_run({"ip", "-n", internet_.name(), "-batch", "-"}, {.input = R"(link set lo up
link set eth0 up
address add 192.0.2.1/24 dev eth0
address add 2001:db8:1::1/64 dev eth0 nodad
neighbour replace 192.0.2.10 lladdr 02:00:00:00:00:10 dev eth0 nud permanent
neighbour replace 2001:db8:1::10 lladdr 02:00:00:00:00:10 dev eth0 nud permanent
route add local 198.51.100.0/24 dev lo
route add local 203.0.113.0/24 dev lo
route add local 2001:db8:2::/64 dev lo
)"});
    must_run({"ip", "-n", server_.name(), "-batch", "-"}, {.input = R"(route add default via 192.0.2.1
route add default via 2001:db8:1::1
)"});
}

} // namespace fwlearn::kernel_test
