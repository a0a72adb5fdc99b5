// Memory that is asked for later lies where the kernel was asked for large pages.
#include "large_pages.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace fwlearn;

namespace {

/// The flags of the mapping that holds the address (proc_pid_smaps(5), VmFlags).
std::string flags_of_mapping(const void* address) {
    const auto wanted = reinterpret_cast<std::uintptr_t>(address);
    std::ifstream smaps("/proc/self/smaps");
    bool inside = false;
    for (std::string line; std::getline(smaps, line);) {
        std::uintptr_t begin = 0;
        std::uintptr_t end = 0;
        char dash = 0;
        std::istringstream words(line);
        if (words >> std::hex >> begin >> dash >> end && dash == '-') {
            inside = begin <= wanted && wanted < end;
        } else if (inside && line.starts_with("VmFlags:")) {
            return line.substr(8) + " ";
        }
    }
    return {};
}

/// The sanitizers bring their own malloc, and some kernels have no large pages.
bool can_be_seen() {
#ifdef FWLEARN_SANITIZED
    return false;
#else
    return std::filesystem::exists("/sys/kernel/mm/transparent_hugepage");
#endif
}

} // namespace

TEST_CASE("what is allocated after large pages were asked for lies in them, small or large") {
    constexpr std::size_t octets = std::size_t{128} << 20U;
    cli::use_large_pages_for_next(octets);
    // More than any hole that other tests left in the heap: what is larger than 32 MiB was never in it.
    const std::vector<char> large(std::size_t{40} << 20U, 'x');
    const std::vector<std::string> small(200'000, std::string(100, 'x'));
    for (const char* address : {&large.back(), small.back().data()}) {
        CHECK((!can_be_seen() || flags_of_mapping(address).find(" hg ") != std::string::npos));
    }
    // Asked for what nobody has, it leaves everything as it was.
    if (can_be_seen()) { // the sanitizers' own end the program
        cli::use_large_pages_for_next(std::size_t{1} << 62U);
    }
    CHECK(std::vector<char>(octets, 'y').back() == 'y');
}
