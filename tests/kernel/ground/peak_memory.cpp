#include "peak_memory.hpp"

#include "children.hpp"

#include <cstdlib>
#include <fstream>
#include <string>

namespace fwlearn::kernel_test {

std::uint64_t peak_memory(int pid) {
    std::uint64_t sum = 0;
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmHWM:")) {
            sum += std::strtoull(line.c_str() + 6, nullptr, 10) * 1024;
        }
    }
    for (const int child : children_of(pid)) {
        sum += peak_memory(child);
    }
    return sum;
}

} // namespace fwlearn::kernel_test
