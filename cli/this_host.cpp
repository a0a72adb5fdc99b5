#include "this_host.hpp"

#include <collector/process/cgroup_root.hpp>
#include <collector/sockets.hpp>
#include <model/errors.hpp>

namespace fwlearn::cli {

std::filesystem::path cgroup_root() {
    try {
        return collector::process::cgroup2_root("/proc/self/mountinfo");
    } catch (const model::SystemError&) {
        return {};
    }
}

std::vector<firewall::OpenConnection> open_connections() {
    std::vector<firewall::OpenConnection> connections;
    for (const auto& open : collector::connected_sockets()) {
        if (open.opening) {
            continue; // the whitelist has the first word about it
        }
        const auto& [service, remote] = open.tuple.destination;
        connections.push_back({service.protocol, open.tuple.source, open.tuple.source_detail, remote,
                               service.detail, open.inbound});
    }
    return connections;
}

} // namespace fwlearn::cli
