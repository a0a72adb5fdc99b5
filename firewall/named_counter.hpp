// One named counter of an nftables table, asked of the kernel directly: libnftables reads the whole ruleset
// before it answers, which takes a third of a second where there are thousands of rules.
// Changes nothing. Private to this room; used by observation_table.
#pragma once

#include <cstdint>
#include <string>

namespace fwlearn::firewall {

/// Packets that the counter of a table of family inet has seen. Throws SystemError.
std::uint64_t packets_counted(const std::string& table, const std::string& counter);

} // namespace fwlearn::firewall
