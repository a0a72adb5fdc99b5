// Names the process that holds an NFLOG group, for the error message that says so. Private to this room.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace fwlearn::collector {

/// "pid 1234 (ulogd)", or "netlink port 5678" when no process shows the socket; nothing when nobody holds it.
/// Reads /proc/net/netfilter/nfnetlink_log, /proc/net/netlink and /proc/PID/fd (proc(5)).
std::optional<std::string> nflog_group_holder(std::uint16_t group);

} // namespace fwlearn::collector
