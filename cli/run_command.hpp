// Runs somebody's command with bytes on its standard input, and nowhere else: no part of them is in its
// arguments or its environment. Private to this room; used by audit.
#pragma once

#include <chrono>
#include <string>

namespace fwlearn::cli {

/// By /bin/sh -c. False where it could not be run, failed, was killed, or took longer than `limit`, when it
/// is killed with all that it started in its process group.
bool run_command(const std::string& command, const std::string& input, std::chrono::milliseconds limit);

} // namespace fwlearn::cli
