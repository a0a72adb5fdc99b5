// What the rules of a whitelist admit, as the table's listing has it: who compares two tables by the ids that
// stand in comments believes the comments, which say nothing of what was edited below them.
// Private to this room; used by table_document.
#pragma once

#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <vector>

namespace fwlearn::firewall {

struct RuleContents {
    /// By id: equal where the lines, the sets that they look into, and the ways that lead to them are. What
    /// others fill the sets with is no part of it.
    std::map<std::string, std::string> of_rule;
    /// Rules and elements of maps that decide something, have no id, and are none that suggest -o nft prints
    /// between its rules. The fixed parts are among them.
    std::size_t others = 0;
};

/// The 12 hexadecimal digits that a rule's comment begins with; empty where it does not.
std::string id_of(const std::string& comment);
/// Whether what the set holds comes and goes by itself: addresses of names, cgroups of units.
bool is_filled_by_others(const nlohmann::json& set);

/// Of the objects of a listing (objects_of()).
RuleContents contents_of(const std::vector<nlohmann::json>& objects);

} // namespace fwlearn::firewall
