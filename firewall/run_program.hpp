// Another program, run to its end without a terminal. Private to this room; systemd's tools are asked by it.
#pragma once

#include <string>
#include <vector>

namespace fwlearn::firewall {

struct Ended {
    int status = -1;   ///< -1: it could not be started, or was killed
    std::string words; ///< what it said, printable, in one line
};

Ended run_program(const std::vector<std::string>& arguments);

} // namespace fwlearn::firewall
