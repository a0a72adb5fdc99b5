#include "machine.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <fstream>

namespace fwlearn::bench {
namespace {

/// proc_cpuinfo(5): "model name : ..." on x86; other kernels' names for it differ, and then it is not known.
std::string processor_name() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        const auto colon = line.find(": ");
        if (line.starts_with("model name") && colon != std::string::npos) {
            return line.substr(colon + 2);
        }
    }
    return "unknown";
}

} // namespace

Machine this_machine() {
    Machine machine;
    machine.processor = processor_name();
    machine.processors = sysconf(_SC_NPROCESSORS_ONLN);
    constexpr double gibibyte = 1 << 30;
    machine.memory_gib =
        static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE)) / gibibyte;
    utsname names{};
    if (uname(&names) == 0) {
        machine.kernel = names.release; // NOLINT(cppcoreguidelines-pro-bounds-array-to-pointer-decay)
    }
    std::ifstream("/etc/debian_version") >> machine.debian;
    return machine;
}

std::string this_moment() {
    const auto now = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::array<char, sizeof "2026-01-31T12:00:00Z"> text{};
    std::strftime(text.data(), text.size(), "%FT%TZ", &utc);
    return text.data();
}

} // namespace fwlearn::bench
