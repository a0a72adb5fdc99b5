#include "firewall/applied.hpp"

#include <model/errors.hpp>

#include <nlohmann/json.hpp>
#include <sys/random.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <fstream>

namespace fwlearn::firewall {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<const char*, 3> boot_words{"open", "closed", "off"};

Json units_to_json(const std::vector<UnitSet>& units) {
    Json list = Json::array();
    for (const auto& unit : units) {
        list.push_back({{"set", unit.set}, {"cgroup", unit.cgroup}});
    }
    return list;
}

std::vector<UnitSet> units_from(const Json& list) {
    std::vector<UnitSet> units;
    units.reserve(list.size());
    for (const auto& unit : list) {
        units.push_back({unit.at("set").get<std::string>(), unit.at("cgroup").get<std::string>()});
    }
    return units;
}

AtBoot at_boot_from(const std::string& word) {
    return word == "closed" ? AtBoot::closed : word == "off" ? AtBoot::off : AtBoot::open;
}

/// Whether any process that can be seen is in this network namespace.
bool is_inhabited(std::uint64_t netns) {
    std::error_code ignored;
    for (const auto& process : std::filesystem::directory_iterator("/proc", ignored)) {
        struct stat status {};
        if (stat((process.path() / "ns/net").c_str(), &status) == 0 && status.st_ino == netns) {
            return true;
        }
    }
    return false;
}

model::SystemError not_understood(const std::string& file) {
    return model::SystemError("cannot understand " + file +
                              " in the state folder: it was not written by fwlearn" +
                              (file == armed_file ? " (fwlearn rollback takes back what is loaded)" : ""));
}

/// Of what was taken back last; empty where nothing was, or that cannot be read.
std::string token_taken_back(const StateDirectory& directory) {
    try {
        const auto document = Json::parse(directory.read(taken_back_file).value_or("null"), nullptr, false);
        return document.is_object() ? document.value("token", std::string()) : std::string();
    } catch (const std::exception&) {
        return {};
    }
}

} // namespace

const char* to_word(AtBoot choice) {
    return boot_words.at(static_cast<std::size_t>(choice));
}

std::string to_text(const Applied& applied) {
    Json document{{"schema", 1},
                  {"token", applied.token},
                  {"boot", applied.boot},
                  {"netns", applied.netns},
                  {"deadline_ms", applied.deadline.count()},
                  {"text", applied.text},
                  {"canonical", applied.canonical},
                  {"units", units_to_json(applied.units)},
                  {"before", nullptr},
                  {"before_canonical", applied.before_canonical},
                  {"before_units", units_to_json(applied.before_units)},
                  {"cgroup_root", applied.cgroup_root.string()},
                  {"document", applied.document},
                  {"at_boot", to_word(applied.at_boot)},
                  {"previous", applied.previous}};
    if (applied.before) {
        document["before"] = *applied.before;
    }
    return document.dump(1, ' ', true, Json::error_handler_t::replace) + "\n";
}

std::optional<Applied> read_applied(const StateDirectory& directory, const std::string& file) {
    const auto text = directory.read(file);
    if (!text) {
        return std::nullopt;
    }
    try {
        const auto document = Json::parse(*text);
        Applied applied;
        applied.token = document.at("token").get<std::string>();
        applied.boot = document.at("boot").get<std::string>();
        const auto& netns = document.at("netns");
        const auto& deadline = document.at("deadline_ms");
        // The library would convert a number with a fraction, whatever it comes to.
        if (!netns.is_number_unsigned() || !deadline.is_number_integer()) {
            throw not_understood(file);
        }
        applied.netns = netns.get<std::uint64_t>();
        applied.deadline = std::chrono::milliseconds(deadline.get<std::int64_t>());
        applied.text = document.at("text").get<std::string>();
        applied.canonical = document.at("canonical").get<std::string>();
        applied.units = units_from(document.at("units"));
        if (!document.at("before").is_null()) {
            applied.before = document.at("before").get<std::string>();
        }
        applied.before_canonical = document.at("before_canonical").get<std::string>();
        applied.before_units = units_from(document.at("before_units"));
        applied.cgroup_root = document.at("cgroup_root").get<std::string>();
        applied.document = document.at("document").get<std::string>();
        applied.at_boot = at_boot_from(document.at("at_boot").get<std::string>());
        applied.previous = document.at("previous").get<std::string>();
        return applied;
    } catch (const Json::exception&) {
        throw not_understood(file);
    }
}

bool is_elsewhere(const Applied& applied) {
    return applied.netns != network_namespace() && !is_gone(applied);
}

bool is_gone(const Applied& applied) {
    return applied.boot != boot_id() ||
           (applied.netns != network_namespace() && !is_inhabited(applied.netns));
}

std::optional<Applied> armed_if_readable(const StateDirectory& directory) {
    try {
        return read_applied(directory, armed_file);
    } catch (const model::Error&) {
        return std::nullopt;
    }
}

bool is_over(const StateDirectory& directory, const std::string& token) {
    // In the order in which the one takes the other's place.
    try {
        if (const auto armed = read_applied(directory, armed_file)) {
            return armed->token != token;
        }
    } catch (const model::Error&) {
        return false;
    }
    try {
        const auto confirmed = read_applied(directory, confirmed_file);
        if (confirmed && confirmed->token == token) {
            return true;
        }
    } catch (const model::Error&) {
        // It may have been taken back before that came to harm.
    }
    return token_taken_back(directory) == token;
}

std::string boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    if (!(file >> id)) {
        throw model::SystemError("cannot read /proc/sys/kernel/random/boot_id", errno);
    }
    return id;
}

std::uint64_t network_namespace() {
    struct stat status {};
    if (stat("/proc/self/ns/net", &status) != 0) {
        throw model::SystemError("cannot look at /proc/self/ns/net", errno);
    }
    return status.st_ino;
}

std::chrono::milliseconds since_boot() {
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return std::chrono::milliseconds(std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1000000);
}

std::string new_token() {
    std::array<unsigned char, 16> octets{};
    if (getrandom(octets.data(), octets.size(), 0) != static_cast<ssize_t>(octets.size())) {
        throw model::SystemError("cannot get random numbers", errno);
    }
    constexpr std::string_view digits = "0123456789abcdef";
    std::string token;
    for (const auto octet : octets) {
        token += digits[octet >> 4U];
        token += digits[octet & 15U];
    }
    return token;
}

} // namespace fwlearn::firewall
