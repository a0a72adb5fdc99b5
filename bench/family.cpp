#include "family.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace fwlearn::bench {
namespace {

std::filesystem::path directory_of(int pid) {
    return "/proc/" + std::to_string(pid);
}

void for_each_thread(int pid, const std::function<void(const std::filesystem::path&)>& what) {
    std::error_code gone;
    for (const auto& task : std::filesystem::directory_iterator(directory_of(pid) / "task", gone)) {
        what(task.path());
    }
}

/// "label:   12 kB", in the unit that the file has.
std::uint64_t number_behind(const std::filesystem::path& path, std::string_view label) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(label) && line.substr(label.size(), 1) == ":") {
            return std::stoull(line.substr(label.size() + 1));
        }
    }
    throw std::runtime_error(path.string() + " does not say " + std::string(label));
}

} // namespace

std::set<int> family_of(int root) {
    std::multimap<int, int> children;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const auto name = entry.path().filename().string();
        std::ifstream file(entry.path() / "stat");
        std::string stat;
        if (name.find_first_not_of("0123456789") == std::string::npos && std::getline(file, stat)) {
            std::istringstream rest(stat.substr(stat.rfind(')') + 2));
            char state = 0;
            int parent = 0;
            rest >> state >> parent;
            children.emplace(parent, std::stoi(name));
        }
    }
    std::set<int> all{root};
    std::vector<int> next{root};
    while (!next.empty()) {
        const auto [from, to] = children.equal_range(next.back());
        next.pop_back();
        for (auto child = from; child != to; ++child) {
            if (all.insert(child->second).second) {
                next.push_back(child->second);
            }
        }
    }
    return all;
}

double processor_seconds_of(int pid) {
    double sum = 0;
    for_each_thread(pid, [&sum](const auto& thread) {
        std::uint64_t nanoseconds = 0;
        std::ifstream(thread / "schedstat") >> nanoseconds;
        sum += static_cast<double>(nanoseconds) / 1e9;
    });
    return sum;
}

double processor_seconds(int root) {
    double sum = 0;
    for (const int pid : family_of(root)) {
        sum += processor_seconds_of(pid);
    }
    return sum;
}

std::uint64_t wake_ups(int pid) {
    std::uint64_t sum = 0;
    for_each_thread(pid, [&sum](const auto& thread) {
        sum += number_behind(thread / "status", "voluntary_ctxt_switches");
    });
    return sum;
}

Memory memory_of(int pid) {
    constexpr double kibibyte = 1024;
    const auto rollup = directory_of(pid) / "smaps_rollup";
    return {static_cast<double>(number_behind(rollup, "Rss")) * kibibyte,
            static_cast<double>(number_behind(rollup, "Pss")) * kibibyte};
}

std::string short_name(int pid) {
    std::string name;
    std::ifstream file(directory_of(pid) / "comm");
    std::getline(file, name);
    return name;
}

} // namespace fwlearn::bench
