// "1 flow", "2 flows": a number, and what it is a number of.
#pragma once

#include <cstdint>
#include <string>

namespace fwlearn::model {

/// Where `many` is not given it is `one` with an s.
inline std::string counted(std::uint64_t count, const std::string& one, const std::string& many = {}) {
    return std::to_string(count) + ' ' + (count == 1 ? one : many.empty() ? one + 's' : many);
}

} // namespace fwlearn::model
