#include "small_files.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <system_error>

namespace fwlearn::collector::host {

namespace fs = std::filesystem;

std::optional<std::string> small_file(const fs::path& path) {
    constexpr std::size_t largest = 1U << 20U;
    std::error_code error;
    if (!fs::is_regular_file(path, error)) { // opening a FIFO would block
        return std::nullopt;
    }
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return std::nullopt;
    }
    std::string text; // its size may change, and of files in /proc it is 0
    std::array<char, 16384> part{};
    while (text.size() <= largest && (file.read(part.data(), part.size()) || file.gcount() > 0)) {
        text.append(part.data(), static_cast<std::size_t>(file.gcount()));
    }
    return text.size() > largest || file.bad() ? std::nullopt : std::optional(std::move(text));
}

std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end;
         !error && entry != end && names.size() < most_entries; entry.increment(error)) {
        names.push_back(entry->path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace fwlearn::collector::host
