#include "firewall/unit_sets.hpp"

#include "commands_to_fill.hpp"
#include "nftables.hpp"
#include "whitelist_sets.hpp"

#include <model/errors.hpp>

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <set>

namespace fwlearn::firewall {
namespace {

namespace fs = std::filesystem;

constexpr const char* where_nft_looks = "/sys/fs/cgroup"; ///< nftables' datatype cgroupsv2

struct LoadedSet {
    std::string set;
    std::string cgroup;       ///< as nft takes it: below /sys/fs/cgroup
    std::set<ino_t> elements; ///< the cgroups themselves
};

struct Sets {
    std::vector<LoadedSet> known;
    std::vector<std::string> unknown;
};

/// Of a component of a cgroup's path, as systemd makes them.
bool is_of_systemd(std::string_view component) {
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@";
    return !component.empty() && component != "." && component != ".." &&
           component.find_first_not_of(allowed) == std::string_view::npos;
}

/// 64 bits in the host's byte order (cgroupv2_type in nftables' src/datatype.c); 0 where it is none.
ino_t cgroup_in(const std::vector<std::uint8_t>& key) {
    std::uint64_t cgroup = 0;
    if (key.size() == sizeof cgroup) {
        std::memcpy(&cgroup, key.data(), sizeof cgroup);
    }
    return static_cast<ino_t>(cgroup);
}

Sets read_sets(const fs::path& below) {
    Sets sets;
    const auto is_of_unit = [](const WhitelistSet& set) {
        return set.name.starts_with("u_") && set.type == KeyType::cgroupsv2;
    };
    for (const auto& set : read_whitelist_sets(is_of_unit)) {
        if (const auto cgroup = cgroup_of_comment(set.comment)) {
            auto& known = sets.known.emplace_back(LoadedSet{set.name, (below / *cgroup).string(), {}});
            for (const auto& element : set.elements) {
                known.elements.insert(cgroup_in(element.key));
            }
        } else {
            sets.unknown.push_back(set.name);
        }
    }
    std::sort(sets.unknown.begin(), sets.unknown.end());
    return sets;
}

/// What tells a cgroup from the one of the same path that a restart makes, and is the set's element for it
/// (cgroupv2_type_parse() in nftables' src/datatype.c); none has 0.
ino_t identity(const LoadedSet& set) {
    struct stat status {};
    return stat((fs::path(where_nft_looks) / set.cgroup).c_str(), &status) == 0 ? status.st_ino : 0;
}

std::vector<ino_t> identities(const std::vector<LoadedSet>& sets) {
    std::vector<ino_t> result;
    result.reserve(sets.size());
    for (const auto& set : sets) {
        result.push_back(identity(set));
    }
    return result;
}

/// Only for sets that do not hold already what they should. One that is left out keeps its generation, and
/// whoever watches the rules hears nothing.
std::string commands_for(const std::vector<LoadedSet>& sets, const std::vector<ino_t>& cgroups) {
    std::string commands;
    for (std::size_t index = 0; index < sets.size(); ++index) {
        const auto& [set, cgroup, elements] = sets[index];
        const bool runs = cgroups[index] != 0;
        if (runs ? elements == std::set{cgroups[index]} : elements.empty()) {
            continue;
        }
        commands += fmt::format("flush set {} {}\n", whitelist_table, set);
        if (runs) {
            commands += fmt::format("add element {} {} {{ \"{}\" }}\n", whitelist_table, set, cgroup);
        }
    }
    return commands;
}

} // namespace

std::optional<std::string> cgroup_of_comment(std::string_view comment) {
    std::string path;
    for (std::size_t at = 0; at < comment.size(); ++at) {
        if (comment[at] != '%') {
            path += comment[at];
            continue;
        }
        unsigned byte = 0;
        const auto digits = comment.substr(at + 1, 2);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
        if (digits.size() != 2 || error != std::errc{} || end != digits.data() + 2) {
            return std::nullopt;
        }
        path += static_cast<char>(byte);
        at += 2;
    }
    if (path.ends_with("...")) { // cut (model::for_rule_comment)
        return std::nullopt;
    }
    for (std::size_t begin = 0; begin <= path.size();) {
        const auto end = std::min(path.find('/', begin), path.size());
        if (!is_of_systemd(std::string_view(path).substr(begin, end - begin))) {
            return std::nullopt;
        }
        begin = end + 1;
    }
    return path;
}

std::string commands_to_fill(const std::vector<UnitSet>& units, const fs::path& cgroup2_root) {
    const auto below = cgroup2_root.lexically_relative(where_nft_looks);
    if (cgroup2_root.empty() || below.empty() || *below.begin() == "..") {
        return {};
    }
    std::vector<LoadedSet> sets;
    sets.reserve(units.size());
    for (const auto& [set, cgroup] : units) {
        sets.push_back({set, ((below == "." ? fs::path() : below) / cgroup).string(), {}});
    }
    return commands_for(sets, identities(sets));
}

FilledUnits fill_unit_sets(const fs::path& cgroup2_root) {
    constexpr const char* purpose = "cannot fill the sets of units";
    constexpr int patience = 10;
    const auto below = cgroup2_root.lexically_relative(where_nft_looks);
    const bool is_there = !below.empty() && *below.begin() != "..";
    for (int attempt = 1;; ++attempt) {
        auto sets = read_sets(below == "." ? fs::path() : below);
        if (!is_there && !sets.known.empty()) {
            throw model::SystemError(fmt::format("{}: no cgroup2 is mounted at or below {}, where nft looks",
                                                 purpose, where_nft_looks));
        }
        const auto cgroups = identities(sets.known);
        const auto commands = commands_for(sets.known, cgroups);
        bool failed = false;
        try {
            if (!commands.empty()) {
                Nftables().run(commands, purpose);
            }
        } catch (const model::SystemError&) {
            if (attempt == patience) {
                throw;
            }
            failed = true; // a unit may have stopped, or the whitelist been loaded anew, in between
        }
        // A unit that started since may have been put in by systemd, and taken out again here: whoever sees
        // no other cgroup after the sets were flushed than before has taken none out, since systemd makes
        // the cgroup first.
        if ((!failed && identities(sets.known) == cgroups) || attempt == patience) {
            const auto stopped =
                static_cast<std::size_t>(std::count(cgroups.begin(), cgroups.end(), ino_t{0}));
            return {cgroups.size() - stopped, stopped, std::move(sets.unknown)};
        }
    }
}

} // namespace fwlearn::firewall
