// Runs a program in the foreground, with this one's terminal. No shell is in between. Private to this room;
// used by rehearse.
#pragma once

#include <string>
#include <vector>

namespace fwlearn::cli {

/// The program by its name or path, then its arguments. Its exit status; 128 and the signal's number where
/// one ended it, as a shell has it. Throws model::SystemError where it could not be started.
int run_program(const std::vector<std::string>& words);

} // namespace fwlearn::cli
