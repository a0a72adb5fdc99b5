#include "rule_contents.hpp"

#include "firewall/fingerprint.hpp"
#include "json_members.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace fwlearn::firewall {
namespace {

using Json = nlohmann::json;

constexpr const char* by_user = "by_user"; ///< the map that leads to users' chains

std::string dumped(const Json& json) {
    return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

const Json& elements_of(const Json& holder) {
    static const Json none = Json::array();
    const auto* elements = member(holder, "elem");
    return elements != nullptr && elements->is_array() ? *elements : none;
}

const Json& statements_of(const Json& rule) {
    static const Json none = Json::array();
    const auto* statements = member(rule, "expr");
    return statements != nullptr && statements->is_array() ? *statements : none;
}

/// Where a verdict leads; empty where it leads nowhere.
std::string target_of(const Json& verdict, const char* kind) {
    const auto* way = member(verdict, kind);
    return way == nullptr ? std::string() : text_of(*way, "target");
}

/// Of an element of a verdict map: its key, and its verdict.
std::pair<Json, Json> element_of(const Json& element) {
    return element.is_array() && element.size() == 2 ? std::pair(element[0], element[1])
                                                     : std::pair(element, Json());
}

/// "uid_7" of "uid_7_ports"; empty where it is no map of a selector.
std::string selector_of(const std::string& map) {
    for (const std::string_view suffix : {"_ports", "_icmp", "_icmpv6", "_protocols"}) {
        if (map.ends_with(suffix)) {
            return map.substr(0, map.size() - suffix.size());
        }
    }
    return {};
}

bool decides(const Json& statement) {
    constexpr std::array neutral{"match", "counter", "log", "limit", "quota"};
    return std::none_of(neutral.begin(), neutral.end(),
                        [&statement](const char* kind) { return statement.contains(kind); });
}

/// The packets of sockets that some user made.
bool is_of_users(const Json& statement) {
    const auto* match = member(statement, "match");
    return match != nullptr && text_of(*match, "op") == ">=" && match->contains("left") &&
           match->contains("right") && (*match)["left"] == Json{{"meta", {{"key", "skuid"}}}} &&
           (*match)["right"] == 0;
}

class Reading {
  public:
    explicit Reading(const std::vector<Json>& objects) : objects_(objects) {}

    RuleContents run() {
        for (const auto& object : objects_) {
            if (const auto* rule = member(object, "rule")) {
                read_rule(*rule);
            }
        }
        for (const bool of_users : {true, false}) { // who leads to the others is read first
            for (const auto& object : objects_) {
                const auto* map = member(object, "map");
                if (map != nullptr && (text_of(*map, "name") == by_user) == of_users) {
                    read_map(*map);
                }
            }
        }
        for (const auto& object : objects_) {
            if (const auto* set = member(object, "set")) {
                read_set(*set);
            }
        }
        for (auto& [id, parts] : parts_) {
            std::sort(parts.begin(), parts.end());
            std::string all;
            for (const auto& part : parts) {
                all += part + '\n';
            }
            contents_.of_rule[id] = fingerprint(all);
        }
        return std::move(contents_);
    }

  private:
    void read_rule(const Json& rule) {
        const auto id = id_of(text_of(rule, "comment"));
        const auto& statements = statements_of(rule);
        const auto chain = text_of(rule, "chain");
        if (!id.empty()) {
            parts_[id].push_back(dumped(statements));
            in_chain_[chain].insert(id);
        } else if (std::any_of(statements.begin(), statements.end(), decides) &&
                   !leads_to_rules(chain, statements)) {
            ++contents_.others;
        }
    }

    /// As render_nft() prints them.
    bool leads_to_rules(const std::string& chain, const Json& statements) {
        if (statements.size() == 1) {
            const auto* lookup = member(statements[0], "vmap");
            const auto data = lookup == nullptr ? std::string() : text_of(*lookup, "data");
            const auto map = data.substr(data.starts_with("@") ? 1 : 0);
            const auto selector = selector_of(map);
            const bool is_ours = map == by_user || selector == "any" ||
                                 (selector == "kernel" && users_went_.contains(chain)) ||
                                 (!selector.empty() && selector == chain);
            if (is_ours) {
                ways_to_[map] += dumped(statements) + '\n';
            }
            return is_ours;
        }
        if (statements.size() != 2) {
            return false;
        }
        if (is_of_users(statements[0]) && target_of(statements[1], "goto") == "deny") {
            users_went_.insert(chain);
            return true;
        }
        const auto* match = member(statements[0], "match");
        const auto unit = target_of(statements[1], "jump");
        const bool is_ours =
            match != nullptr && unit.starts_with("unit_") && match->contains("left") &&
            (*match)["left"].contains("socket") &&
            text_of(*match, "right") == "@u_" + unit.substr(std::string_view("unit_").size());
        if (is_ours) {
            ways_to_[unit] += dumped(statements) + '\n';
        }
        return is_ours;
    }

    void read_map(const Json& map) {
        const auto name = text_of(map, "name");
        const auto selector = selector_of(name);
        for (const auto& element : elements_of(map)) {
            const auto [key, verdict] = element_of(element);
            const auto target = target_of(verdict, "jump");
            const bool is_ours =
                name == by_user ? target == "uid_" + dumped(key) : !selector.empty() && !target.empty();
            contents_.others += is_ours ? 0U : 1U;
            if (name == by_user) {
                ways_to_[target] += dumped(key) + '\n' + ways_to_[name];
            }
            for (const auto& id : in_chain_[target]) {
                parts_[id].push_back(name + ' ' + dumped(key) + '\n' + ways_to_[name] + ways_to_[selector]);
            }
        }
    }

    void read_set(const Json& set) {
        const auto name = text_of(set, "name");
        if (name.starts_with("not_by_")) {
            read_guard(name, elements_of(set));
            return;
        }
        constexpr std::size_t prefix = 2; // "r_", "n_"
        constexpr std::size_t digits = 12;
        const auto id = name.size() > prefix ? id_of(name.substr(prefix, digits)) : std::string();
        if (id.empty() || is_filled_by_others(set)) {
            return;
        }
        for (const auto& element : elements_of(set)) {
            parts_[id].push_back(name + ' ' + dumped(element));
        }
    }

    /// What is not admitted by a name is part of every rule that looks into it.
    void read_guard(const std::string& name, const Json& elements) {
        const auto looked_up = dumped("@" + name);
        for (auto& [id, parts] : parts_) {
            const bool is_guarded = std::any_of(parts.begin(), parts.end(), [&looked_up](const auto& part) {
                return part.find(looked_up) != std::string::npos;
            });
            if (is_guarded) {
                parts.push_back(name + ' ' + dumped(elements));
            }
        }
    }

    const std::vector<Json>& objects_;
    std::map<std::string, std::vector<std::string>> parts_; ///< by id
    std::map<std::string, std::set<std::string>> in_chain_; ///< ids by chain
    std::map<std::string, std::string> ways_to_; ///< by map, or chain of a selector; with the look-up's key
    std::set<std::string> users_went_;           ///< chains in which only the kernel's go on
    RuleContents contents_;
};

} // namespace

std::string id_of(const std::string& comment) {
    constexpr std::size_t length = 12;
    const auto id = comment.substr(0, length);
    const bool is_one = id.size() == length &&
                        id.find_first_not_of("0123456789abcdef") == std::string::npos &&
                        (comment.size() == length || comment[length] == ' ');
    return is_one ? id : std::string();
}

bool is_filled_by_others(const Json& set) {
    const auto has_flag = [&set](const char* flag) {
        return set.contains("flags") && set["flags"].is_array() &&
               std::find(set["flags"].begin(), set["flags"].end(), flag) != set["flags"].end();
    };
    return set.contains("timeout") || has_flag("timeout") || has_flag("dynamic") ||
           text_of(set, "type") == "cgroupsv2";
}

RuleContents contents_of(const std::vector<Json>& objects) {
    return Reading(objects).run();
}

} // namespace fwlearn::firewall
