#include "table_document.hpp"

#include "firewall/unit_sets.hpp"
#include "json_members.hpp"
#include "nftables.hpp"
#include "rule_contents.hpp"
#include "whitelist_sets.hpp"

#include <model/errors.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <sstream>

namespace fwlearn::firewall {
namespace {

using Json = nlohmann::json;

constexpr const char* purpose = "cannot read the whitelist that is loaded (needs root or CAP_NET_ADMIN)";

std::string kind_of(const Json& object) {
    return object.begin().key();
}

/// The kernel keeps a set's elements in an order of its own.
void sort_elements(Json& set) {
    if (set.contains("elem") && set["elem"].is_array()) {
        std::sort(set["elem"].begin(), set["elem"].end(),
                  [](const Json& one, const Json& other) { return one.dump() < other.dump(); });
    }
}

std::string canonical(const Listing& listing) {
    std::string result;
    for (auto object : objects_of(listing.json)) {
        const auto kind = kind_of(object);
        auto& content = object[kind];
        if (kind == "set" && is_filled_by_others(content)) {
            content.erase("elem");
        }
        sort_elements(content);
        result += object.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
    }
    // What nft 1.0.6 leaves out of the JSON: a cgroup's level, and whether the table sleeps.
    std::istringstream lines(listing.text);
    for (std::string line; std::getline(lines, line);) {
        if (line.find("socket cgroupv2") != std::string::npos || line.starts_with("\tflags")) {
            result += line + "\n";
        }
    }
    return result;
}

/// Without the elements of sets of units.
std::string restorable(const std::string& text) {
    std::string result;
    bool of_units = false;
    bool in_elements = false;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("\t}")) {
            of_units = false;
        }
        of_units = of_units || line == "\t\ttype cgroupsv2";
        in_elements = in_elements || (of_units && line.starts_with("\t\telements = {"));
        if (!in_elements) {
            result += line + "\n";
        }
        in_elements = in_elements && !line.ends_with(" }");
    }
    return result;
}

/// nft 1.0.6 prints what was counted in JSON though it is told not to.
void forget_counts(Json& value) {
    if (value.is_object() && value.contains("counter") && value["counter"].is_object()) {
        value["counter"].erase("packets");
        value["counter"].erase("bytes");
    }
    for (auto& member : value) {
        if (member.is_structured()) {
            forget_counts(member);
        }
    }
}

} // namespace

std::optional<Listing> list_whitelist_table() {
    if (!may_administer_network()) {
        throw model::SystemError(purpose, EPERM);
    }
    const auto command = fmt::format("list table {}", whitelist_table);
    constexpr int patience = 10;
    for (int attempt = 1;; ++attempt) {
        // Each from a connection of its own: one that has listed before answers from what it remembers.
        const auto json = [&command]() -> std::optional<std::string> {
            Nftables nftables;
            if (nftables.run("list tables", purpose).find(fmt::format("table {}\n", whitelist_table)) ==
                std::string::npos) {
                return std::nullopt;
            }
            nftables.answer_in_json();
            nftables.answer_without_state();
            return nftables.run(command, purpose);
        };
        const auto before = json();
        if (!before) {
            return std::nullopt;
        }
        auto text = Nftables().run(command, purpose);
        if (json() == before || attempt == patience) { // nobody changed it between the two
            return Listing{std::move(text), *before};
        }
    }
}

std::vector<Json> objects_of(const std::string& json) {
    std::vector<Json> objects;
    const auto document = Json::parse(json, nullptr, false);
    if (!document.is_object() || !document.contains("nftables") || !document["nftables"].is_array()) {
        throw model::SystemError("nft's listing of the whitelist is not understood");
    }
    for (auto object : document["nftables"]) {
        if (!object.is_object() || object.size() != 1 || !object.begin()->is_object() ||
            kind_of(object) == "metainfo") {
            continue;
        }
        object.begin()->erase("handle");
        forget_counts(object);
        objects.push_back(std::move(object));
    }
    return objects;
}

WhitelistTable table_of(const Listing& listing) {
    const auto objects = objects_of(listing.json);
    const auto contents = contents_of(objects);
    WhitelistTable table{restorable(listing.text), canonical(listing), {}, contents.others, {}};
    for (const auto& object : objects) {
        const auto kind = kind_of(object);
        const auto& content = object[kind];
        if (kind == "rule") {
            const auto comment = text_of(content, "comment");
            if (const auto id = id_of(comment); !id.empty()) {
                auto& lines = table.rules[id];
                ++lines.count;
                lines.comment = comment;
                lines.content = contents.of_rule.at(id);
            }
        } else if (kind == "set" && text_of(content, "type") == "cgroupsv2") {
            if (const auto cgroup = cgroup_of_comment(text_of(content, "comment"))) {
                table.units.push_back({text_of(content, "name"), *cgroup});
            }
        }
    }
    return table;
}

std::optional<std::string> commands_to_empty(const std::string& json) {
    // In an order in which nothing is taken away that something else still looks into.
    std::string commands = fmt::format("flush table {}\n", whitelist_table);
    const auto objects = objects_of(json);
    for (const auto* const kind : {"map", "set", "chain", "counter"}) {
        for (const auto& object : objects) {
            if (kind_of(object) == kind) {
                commands +=
                    fmt::format("delete {} {} {}\n", kind, whitelist_table, text_of(object[kind], "name"));
            }
        }
    }
    const bool whole = std::all_of(objects.begin(), objects.end(), [](const Json& object) {
        constexpr std::array known{"table", "rule", "map", "set", "chain", "counter"};
        return std::find(known.begin(), known.end(), kind_of(object)) != known.end();
    });
    return whole ? std::optional(commands) : std::nullopt;
}

} // namespace fwlearn::firewall
