#include "peak_memory.hpp"

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
    const auto task = std::to_string(pid);
    std::ifstream children("/proc/" + task + "/task/" + task + "/children");
    for (int child = 0; children >> child;) {
        sum += peak_memory(child);
    }
    return sum;
}

} // namespace fwlearn::kernel_test
