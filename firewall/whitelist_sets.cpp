#include "whitelist_sets.hpp"

#include "nftables.hpp"

#include <model/errors.hpp>

#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace fwlearn::firewall {

using Json = nlohmann::json;

namespace {

constexpr const char* purpose = "cannot read the sets of the whitelist (needs root or CAP_NET_ADMIN)";

std::vector<Json> sets_in(const std::string& listed) {
    const auto document = Json::parse(listed, nullptr, false);
    std::vector<Json> sets;
    if (document.is_object() && document.contains("nftables") && document["nftables"].is_array()) {
        for (const auto& object : document["nftables"]) {
            if (object.is_object() && object.contains("set") && object["set"].is_object()) {
                sets.push_back(object["set"]);
            }
        }
    }
    return sets;
}

} // namespace

bool may_administer_network() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
    return syscall(SYS_capget, &header, data.data()) == 0 &&
           (data[0].effective & (1U << unsigned{CAP_NET_ADMIN})) != 0;
}

std::vector<Json> read_whitelist_sets(const std::function<bool(const Json&)>& wanted) {
    if (!may_administer_network()) {
        throw model::SystemError(purpose, EPERM);
    }
    Nftables nftables;
    const auto tables = nftables.run("list tables", purpose);
    if (tables.find(fmt::format("table {}\n", whitelist_table)) == std::string::npos) {
        return {};
    }
    nftables.answer_in_json();
    const auto list_wanted = [&wanted](Nftables& by) {
        auto sets = sets_in(by.run(fmt::format("list sets table {}", whitelist_table), purpose));
        std::erase_if(sets, [&wanted](const Json& set) { return !wanted(set); });
        return sets;
    };
    Nftables terse;
    terse.answer_in_json();
    terse.answer_tersely();
    const auto sets = list_wanted(terse);
    // Each listing is a conversation with the kernel, of which many cost more than one that brings
    // everything.
    constexpr std::size_t few = 16;
    if (sets.size() > few) {
        return list_wanted(nftables);
    }
    std::vector<Json> whole;
    for (const auto& set : sets) {
        // Its name is one that nft has printed, and that it takes again.
        for (auto& read : sets_in(nftables.run(
                 fmt::format("list set {} {}", whitelist_table, text_of(set, "name")), purpose))) {
            whole.push_back(std::move(read));
        }
    }
    return whole;
}

std::string text_of(const Json& set, const char* key) {
    return set.contains(key) && set[key].is_string() ? set[key].get<std::string>() : std::string();
}

std::vector<SetElement> elements_of(const Json& set) {
    std::vector<SetElement> elements;
    if (!set.contains("elem") || !set["elem"].is_array()) {
        return elements;
    }
    for (const auto& element : set["elem"]) {
        const Json* value = &element;
        std::optional<std::uint32_t> expires;
        if (element.is_object() && element.contains("elem") && element["elem"].is_object()) {
            const auto& inner = element["elem"];
            value = inner.contains("val") ? &inner["val"] : nullptr;
            if (inner.contains("expires") && inner["expires"].is_number_unsigned()) {
                expires = inner["expires"].get<std::uint32_t>();
            }
        }
        if (value != nullptr && value->is_string()) {
            elements.push_back({value->get<std::string>(), expires});
        }
    }
    return elements;
}

} // namespace fwlearn::firewall
