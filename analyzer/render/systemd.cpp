#include "analyzer/render/systemd.hpp"

#include "coverage_lines.hpp"
#include "unit_sets.hpp"

#include <model/ascii.hpp>
#include <model/counted.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <string_view>

namespace fwlearn::analyzer {
namespace {

constexpr unsigned first_with_nft_set = 255;   ///< systemd.resource-control(5)
constexpr unsigned first_with_condition = 243; ///< ExecCondition=, systemd.service(5)
constexpr std::size_t longest_name = 255;      ///< UNIT_NAME_MAX, systemd's unit-name.h

/// systemd.unit(5), of a unit's name; a path has slashes as well.
bool is_of_allowed(std::string_view text, std::string_view more) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [more](char byte) {
        return model::is_letter_or_digit(byte) || more.find(byte) != std::string_view::npos;
    });
}

/// The section of the unit's own type that takes NFTSet=; empty for types without a cgroup, and for scopes,
/// which no drop-in reaches before they run.
std::string_view section_of(std::string_view unit) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 5> sections{{{".service", "Service"},
                                                                                     {".socket", "Socket"},
                                                                                     {".mount", "Mount"},
                                                                                     {".swap", "Swap"},
                                                                                     {".slice", "Slice"}}};
    for (const auto& [suffix, section] : sections) {
        if (unit.ends_with(suffix) && unit.size() > suffix.size()) {
            return section;
        }
    }
    return {};
}

/// Within a quoted word of a command line systemd reads C's escapes and expands % (systemd.service(5),
/// systemd.syntax(7)); what is allowed in a path has no quote and no $.
std::string in_command(std::string_view path) {
    std::string quoted;
    for (const char byte : path) {
        quoted += byte == '\\' ? "\\\\" : byte == '%' ? "%%" : std::string(1, byte);
    }
    return quoted;
}

/// Replaces what the set holds, in one transaction. "-": a table that is not there, or no nft, keeps no
/// service from starting; "+": as root, whatever the service itself runs as.
std::string nft_command(const std::string& set, const std::string& path) {
    return fmt::format(
        "-+/usr/sbin/nft 'flush set inet fwlearn {0}; add element inet fwlearn {0} {{ \"{1}\" }}'", set,
        in_command(path));
}

std::string setting(const model::Selector& unit, unsigned version) {
    const auto set = unit_set(unit);
    if (version >= first_with_nft_set) {
        return "NFTSet=cgroup:inet:fwlearn:" + set + "\n";
    }
    const auto command = nft_command(set, unit.cgroup.raw_bytes());
    return (version >= first_with_condition ? "ExecCondition=" : "ExecStartPre=") + command + "\n";
}

/// What a drop-in has before its settings.
std::string beginning(std::string_view section, unsigned version) {
    const bool by_condition = version >= first_with_condition && version < first_with_nft_set;
    return fmt::format(
        "# By fwlearn: puts the unit's cgroup into its set of table inet fwlearn, by which the whitelist\n"
        "# knows what the unit sends. A cgroup is new with every start of its unit.\n{}[{}]\n",
        by_condition
            ? "# Not ExecStartPre=: those of the unit itself come before a drop-in's, and they may send.\n"
            : "",
        section);
}

/// Why the unit can have no drop-in; empty where it can.
std::string obstacle(const model::Selector& unit, unsigned version) {
    const std::string_view name = unit.unit.raw_bytes();
    if (!is_of_allowed(name, ":-_.\\@") || !is_of_allowed(unit.cgroup.raw_bytes(), ":-_.\\@/") ||
        name.size() > longest_name || section_of(name).empty()) {
        return "is no unit's name that systemd.unit(5) allows a drop-in for";
    }
    if (section_of(name) != "Service" && version < first_with_nft_set) {
        return fmt::format("only services can fill a set before systemd {}", first_with_nft_set);
    }
    return {};
}

} // namespace

DropIns systemd_drop_ins(const model::Whitelist& whitelist, unsigned systemd_version) {
    DropIns result;
    std::map<std::string, DropIn> files;
    for (const auto& unit : unit_selectors(whitelist)) {
        if (const auto why = obstacle(unit, systemd_version); !why.empty()) {
            result.not_expressed.push_back(fmt::format("{}: {}; fwlearn refresh fills its set while it runs",
                                                       model::for_rule_comment(unit.unit), why));
            continue;
        }
        const auto& name = unit.unit.raw_bytes();
        const auto [found, first] = files.try_emplace(name);
        if (first) {
            found->second = {name + ".d", beginning(section_of(name), systemd_version)};
        }
        // A unit that was seen in two cgroups, as after a change of its Slice=, has two sets.
        found->second.content += setting(unit, systemd_version);
    }
    for (auto& [name, file] : files) {
        result.files.push_back(std::move(file));
    }
    return result;
}

Rendered render_systemd(const model::Whitelist& whitelist, unsigned systemd_version) {
    auto drop_ins = systemd_drop_ins(whitelist, systemd_version);
    std::string text =
        "# fwlearn: drop-ins for systemd, to go with `fwlearn suggest -o nft` of the same record. Write "
        "them\n"
        "# with --directory /etc/systemd/system, then: systemctl daemon-reload; fwlearn refresh\n";
    for (const auto& line : coverage_lines(whitelist)) {
        text += "# " + line + "\n";
    }
    text += fmt::format("# {}; rules by user need nothing here.\n",
                        model::counted(drop_ins.files.size(), "unit"));
    for (const auto& line : drop_ins.not_expressed) {
        text += "# no drop-in: " + line + "\n";
    }
    for (const auto& file : drop_ins.files) {
        text += fmt::format("\n# /etc/systemd/system/{}/{}\n{}", file.folder, drop_in_name, file.content);
    }
    return {std::move(text), std::move(drop_ins.not_expressed)};
}

} // namespace fwlearn::analyzer
