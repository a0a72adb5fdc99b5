// What an observation counted of itself, as it is in the record. Used by the kernel tests.
#pragma once

#include <sql/reader.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace fwlearn::kernel_test {

/// The last observation's, by name.
inline std::map<std::string, std::uint64_t> stored_counters(const std::filesystem::path& database) {
    std::map<std::string, std::uint64_t> counters;
    for (const auto& [name, value] : sql::Reader(database).counters()) {
        counters[name] = value;
    }
    return counters;
}

} // namespace fwlearn::kernel_test
