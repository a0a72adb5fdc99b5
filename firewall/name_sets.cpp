#include "firewall/name_sets.hpp"

#include "nftables.hpp"

#include <model/errors.hpp>
#include <model/host_name.hpp>

#include <fmt/format.h>
#include <linux/capability.h>
#include <nlohmann/json.hpp>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>

namespace fwlearn::firewall {
namespace {

using Json = nlohmann::json;

constexpr const char* table = "inet fwlearn";

/// CAP_NET_ADMIN is in the effective set (capget(2)). Asked beforehand, because libnftables says what it
/// misses on standard error by itself.
bool may_administer_network() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
    return syscall(SYS_capget, &header, data.data()) == 0 &&
           (data[0].effective & (1U << unsigned{CAP_NET_ADMIN})) != 0;
}

/// Elements are bare values, or objects with what is known of their timeouts (libnftables-json(5)).
std::optional<model::Address> address_of(const Json& element) {
    const Json* value = &element;
    if (element.is_object() && element.contains("elem") && element["elem"].is_object()) {
        value = element["elem"].contains("val") ? &element["elem"]["val"] : nullptr;
    }
    return value != nullptr && value->is_string() ? model::Address::parse(value->get<std::string>())
                                                  : std::nullopt;
}

/// Our own sets begin so; a name that was not printed by suggest is nobody's.
std::optional<NameSet> name_set_of(const Json& object) {
    if (!object.is_object() || !object.contains("set")) {
        return std::nullopt;
    }
    const Json& set = object["set"];
    const auto text = [&set](const char* key) {
        return set.contains(key) && set[key].is_string() ? set[key].get<std::string>() : std::string();
    };
    NameSet result;
    result.set = text("name");
    result.name = text("comment");
    const auto type = text("type");
    if (!result.set.starts_with("n_") || model::host_name(result.name) != result.name ||
        (type != "ipv4_addr" && type != "ipv6_addr") || !set.contains("timeout") ||
        !set["timeout"].is_number_unsigned()) {
        return std::nullopt;
    }
    result.family = type == "ipv4_addr" ? model::Family::ipv4 : model::Family::ipv6;
    result.timeout = std::chrono::seconds(set["timeout"].get<std::uint32_t>());
    if (set.contains("elem") && set["elem"].is_array()) {
        for (const auto& element : set["elem"]) {
            if (const auto address = address_of(element)) {
                result.elements.push_back(*address);
            }
        }
    }
    std::sort(result.elements.begin(), result.elements.end());
    return result;
}

} // namespace

std::vector<NameSet> read_name_sets() {
    constexpr const char* purpose = "cannot read the sets of the whitelist (needs root or CAP_NET_ADMIN)";
    if (!may_administer_network()) {
        throw model::SystemError(purpose, EPERM);
    }
    Nftables nftables;
    const auto tables = nftables.run("list tables", purpose);
    if (tables.find(fmt::format("table {}\n", table)) == std::string::npos) {
        return {};
    }
    nftables.answer_in_json();
    const auto document =
        Json::parse(nftables.run(fmt::format("list sets table {}", table), purpose), nullptr, false);
    std::vector<NameSet> sets;
    if (document.is_object() && document.contains("nftables") && document["nftables"].is_array()) {
        for (const auto& object : document["nftables"]) {
            if (auto set = name_set_of(object)) {
                sets.push_back(std::move(*set));
            }
        }
    }
    std::sort(sets.begin(), sets.end(),
              [](const auto& one, const auto& other) { return one.set < other.set; });
    return sets;
}

void fill(const std::vector<Filling>& fillings) {
    std::string commands;
    for (const auto& [set, addresses] : fillings) {
        std::set<model::Address> wanted;
        for (const auto& address : addresses) {
            if (address.family() == set.family) {
                wanted.insert(address);
            }
        }
        // The timeout of an element that is there cannot be set anew: it goes and comes back in the same
        // transaction, which no packet sees the middle of.
        std::string known;
        std::string all;
        for (const auto& address : wanted) {
            if (std::binary_search(set.elements.begin(), set.elements.end(), address)) {
                known += (known.empty() ? "" : ", ") + address.to_string();
            }
            all += (all.empty() ? "" : ", ") + address.to_string();
        }
        if (!known.empty()) {
            commands += fmt::format("delete element {} {} {{ {} }}\n", table, set.set, known);
        }
        if (!all.empty()) {
            commands += fmt::format("add element {} {} {{ {} }}\n", table, set.set, all);
        }
    }
    if (!commands.empty()) {
        Nftables().run(commands, "cannot fill the sets of the whitelist");
    }
}

} // namespace fwlearn::firewall
