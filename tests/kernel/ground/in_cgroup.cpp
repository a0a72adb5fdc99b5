#include "in_cgroup.hpp"

#include <unistd.h>

#include <fstream>
#include <stdexcept>

namespace fwlearn::kernel_test {
namespace {

namespace fs = std::filesystem;

/// cgroups(7), /proc/PID/cgroup: version 2's line begins with "0::".
std::string own_path() {
    std::ifstream file("/proc/self/cgroup");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("0::/")) {
            return line.substr(4);
        }
    }
    throw std::runtime_error("this process is in no cgroup of version 2");
}

bool move_to(const fs::path& cgroup) {
    std::ofstream procs(cgroup / "cgroup.procs");
    procs << getpid() << std::flush;
    return procs.good();
}

} // namespace

InCgroup::InCgroup(const fs::path& root, const std::string& path) {
    if (path.empty()) {
        return;
    }
    const auto before = root / own_path();
    if (!move_to(root / path)) {
        throw std::runtime_error("cannot move to the cgroup " + path);
    }
    before_ = before;
}

InCgroup::~InCgroup() {
    if (!before_.empty() && !move_to(before_)) {
        std::terminate(); // nothing may go on in the wrong cgroup
    }
}

} // namespace fwlearn::kernel_test
