#include "children.hpp"

#include <fstream>
#include <string>

namespace fwlearn::kernel_test {

std::vector<int> children_of(int pid) {
    const auto task = std::to_string(pid);
    std::ifstream listed("/proc/" + task + "/task/" + task + "/children");
    std::vector<int> children;
    for (int child = 0; listed >> child;) {
        children.push_back(child);
    }
    return children;
}

} // namespace fwlearn::kernel_test
