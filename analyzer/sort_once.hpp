// Values in order, each once: what a set would be, without a node for each.
// Private to this room.
#pragma once

#include <algorithm>
#include <vector>

namespace fwlearn::analyzer {

template <typename Value>
void sort_once(std::vector<Value>& values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
}

} // namespace fwlearn::analyzer
