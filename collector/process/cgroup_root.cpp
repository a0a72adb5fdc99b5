#include "collector/process/cgroup_root.hpp"

#include <model/errors.hpp>

#include <fstream>
#include <sstream>

namespace fwlearn::collector::process {
namespace {

/// mountinfo writes blank, tab, newline and backslash as three octal digits.
std::string unescape(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto digits = text.substr(i, 4);
        if (digits.size() == 4 && digits.front() == '\\' &&
            digits.find_first_not_of("01234567", 1) == std::string_view::npos) {
            result += static_cast<char>((digits[1] - '0') * 64 + (digits[2] - '0') * 8 + (digits[3] - '0'));
            i += 3;
        } else {
            result += text[i];
        }
    }
    return result;
}

} // namespace

std::filesystem::path cgroup2_root(const std::filesystem::path& mountinfo) {
    std::ifstream file(mountinfo);
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string word;
        std::string mount_point;
        for (int i = 0; i < 5; ++i) {
            words >> mount_point; // the fifth is the mount point
        }
        while (words >> word && word != "-") {
        }
        if (words >> word && word == "cgroup2") {
            return unescape(mount_point);
        }
    }
    throw model::SystemError("no cgroup2 hierarchy is mounted (mount -t cgroup2 none /sys/fs/cgroup)");
}

} // namespace fwlearn::collector::process
