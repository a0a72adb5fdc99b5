// What /proc/PID/status says (proc(5)), by name.
#pragma once

#include <sys/types.h>

#include <fstream>
#include <map>
#include <string>

namespace fwlearn::collector::test {

inline std::map<std::string, std::string> process_status(pid_t pid) {
    std::map<std::string, std::string> status;
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(file, line);) {
        const auto colon = line.find(":\t");
        if (colon != std::string::npos) {
            auto value = line.substr(colon + 2);
            value.erase(value.find_last_not_of(" \t") + 1);
            status[line.substr(0, colon)] = value;
        }
    }
    return status;
}

} // namespace fwlearn::collector::test
