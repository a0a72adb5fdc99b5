#include "unit_drop_ins.hpp"

#include <model/ascii.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <string_view>
#include <system_error>

namespace fwlearn::cli {
namespace {

namespace fs = std::filesystem;

/// systemd.unit(5), the system unit search path, but for what generators make.
constexpr std::array<const char*, 5> folders{"etc/systemd/system", "run/systemd/system",
                                             "usr/local/lib/systemd/system", "usr/lib/systemd/system",
                                             "lib/systemd/system"};

/// As a word of its own: u_a_1 is not in u_a_12.
bool names_set(const std::string& line, const std::string& set) {
    const auto is_of_word = [&line](std::size_t at) {
        return at < line.size() && (model::is_letter_or_digit(line[at]) || line[at] == '_');
    };
    for (auto at = line.find(set); at != std::string::npos; at = line.find(set, at + 1)) {
        if ((at == 0 || !is_of_word(at - 1)) && !is_of_word(at + set.size())) {
            return true;
        }
    }
    return false;
}

/// In a line that is no comment (systemd.syntax(7)). What is no file, or may not be read, has none.
bool file_names_set(const fs::path& file, const std::string& set) {
    std::error_code none;
    if (!fs::is_regular_file(file, none)) {
        return false;
    }
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        const auto first = line.find_first_not_of(" \t");
        if (first != std::string::npos && line[first] != '#' && line[first] != ';' && names_set(line, set)) {
            return true;
        }
    }
    return false;
}

bool is_filled_by(const fs::path& folder, const std::string& unit, const std::string& set) {
    if (file_names_set(folder / unit, set)) {
        return true;
    }
    std::error_code error;
    for (auto entry = fs::directory_iterator(folder / (unit + ".d"), error);
         !error && entry != fs::directory_iterator(); entry.increment(error)) {
        if (entry->path().extension() == ".conf" && file_names_set(entry->path(), set)) {
            return true;
        }
    }
    return false;
}

/// The unit itself, and what it is an instance of: "a@b.service" of "a@.service".
std::vector<std::string> names_of(const std::string& unit) {
    std::vector<std::string> names{unit};
    const auto at = unit.find('@');
    const auto dot = unit.rfind('.');
    if (at != std::string::npos && dot != std::string::npos && at + 1 < dot) {
        names.push_back(unit.substr(0, at + 1) + unit.substr(dot));
    }
    return names;
}

bool is_filled(const std::string& unit, const std::string& set, const fs::path& root) {
    const auto names = names_of(unit);
    return std::any_of(folders.begin(), folders.end(), [&](const char* folder) {
        return std::any_of(names.begin(), names.end(),
                           [&](const std::string& name) { return is_filled_by(root / folder, name, set); });
    });
}

} // namespace

std::vector<std::string> units_without_drop_in(const std::vector<firewall::UnitSet>& units,
                                               const fs::path& root) {
    std::set<std::string> without;
    for (const auto& [set, cgroup] : units) {
        const auto unit = cgroup.substr(cgroup.rfind('/') + 1);
        if (!is_filled(unit, set, root)) {
            without.insert(unit);
        }
    }
    return {without.begin(), without.end()};
}

} // namespace fwlearn::cli
