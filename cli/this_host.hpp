// What the firewall has to be told of this host and this moment, by the collector: wires the two together.
// Private to this room; used by apply, rollback and the boot.
#pragma once

#include <firewall/prime_conntrack.hpp>

#include <filesystem>

namespace fwlearn::cli {

/// Where the cgroup2 hierarchy is mounted; empty where it is not. It matters only to a whitelist that knows
/// units.
std::filesystem::path cgroup_root();

/// TCP connections that are established, and connected UDP sockets. Throws model::SystemError.
std::vector<firewall::OpenConnection> open_connections();

} // namespace fwlearn::cli
