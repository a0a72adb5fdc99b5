// The parser of libnftables-json(5): tables, chains, sets and rules, and where their verdicts lead. What a
// rule asks of a packet is read in nft_fields.
#include "firewall/ruleset.hpp"
#include "json_members.hpp"
#include "nft_fields.hpp"

#include <model/errors.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace fwlearn::firewall {
namespace {

using Json = nlohmann::json;
using model::PacketField;

model::RuleVerdict to_chain(model::RuleVerdict::Kind kind, const Json& target) {
    return {kind, text_of(target, "target")};
}

/// Nothing where the statement is no verdict.
std::optional<model::RuleVerdict> verdict_of(const Json& statement) {
    using Kind = model::RuleVerdict::Kind;
    static const std::map<std::string, Kind> final{{"accept", Kind::accept}, {"drop", Kind::deny},
                                                   {"reject", Kind::deny},   {"return", Kind::back},
                                                   {"continue", Kind::next}, {"queue", Kind::unknown}};
    for (const auto& [name, value] : statement.items()) {
        if (const auto found = final.find(name); found != final.end()) {
            return model::RuleVerdict{found->second, {}};
        }
        if (name == "jump" || name == "goto") {
            return to_chain(name == "jump" ? Kind::jump : Kind::go_to, value);
        }
    }
    return std::nullopt;
}

/// What changes nothing about whether a packet passes.
bool is_harmless(const std::string& statement) {
    static const std::set<std::string> names{"counter",    "log", "mangle", "notrack", "tproxy", "ct helper",
                                             "ct timeout", "set", "map",    "secmark", "meter"};
    return names.contains(statement);
}

class Document {
  public:
    explicit Document(const Json& objects) : objects_(objects) {}

    model::Ruleset read() {
        for (const auto& object : objects_) {
            note_table(object);
        }
        for (const auto& object : objects_) {
            if (const auto* set = member(object, "set")) {
                sets_[place_of(*set, "name")] = set;
            } else if (const auto* map = member(object, "map")) {
                sets_[place_of(*map, "name")] = map;
            } else if (const auto* chain = member(object, "chain")) {
                note_chain(*chain);
            }
        }
        for (const auto& object : objects_) {
            if (const auto* rule = member(object, "rule")) {
                note_rule(*rule);
            }
        }
        model::Ruleset ruleset;
        for (auto& [place, table] : tables_) {
            ruleset.tables.push_back(std::move(table));
        }
        return ruleset;
    }

  private:
    using TablePlace = std::pair<std::string, std::string>;
    using Place = std::pair<TablePlace, std::string>;

    static Place place_of(const Json& object, const char* key) {
        return {{text_of(object, "family"), text_of(object, "table")}, text_of(object, key)};
    }

    void note_table(const Json& object) {
        const auto* const table = member(object, "table");
        if (table == nullptr) {
            return;
        }
        const TablePlace place{text_of(*table, "family"), text_of(*table, "name")};
        const bool ours =
            place.first == "inet" && (place.second == "fwlearn" || place.second == "fwlearn_observe");
        if (!ours && (place.first == "ip" || place.first == "ip6" || place.first == "inet")) {
            tables_[place] = {place.first, model::ForeignText(place.second), {}};
        }
    }

    void note_chain(const Json& object) {
        const auto [table, name] = place_of(object, "name");
        const auto found = tables_.find(table);
        if (found == tables_.end()) {
            return;
        }
        auto& chain = found->second.chains[name];
        const auto hook = text_of(object, "hook");
        const auto type = text_of(object, "type");
        // Of nat chains, accept and drop are rare, and drop is refused by nft; what they change is the
        // address.
        if ((hook == "output" || hook == "postrouting") && (type == "filter" || type == "route")) {
            model::FilterChain::Base base;
            const auto* const priority = member(object, "prio");
            base.priority = priority != nullptr && priority->is_number_integer() ? priority->get<int>() : 0;
            base.postrouting = hook == "postrouting";
            base.denies = text_of(object, "policy") == "drop";
            chain.base = base;
        }
    }

    void note_rule(const Json& object) {
        const auto [table, name] = place_of(object, "chain");
        const auto found = tables_.find(table);
        const auto* const statements = member(object, "expr");
        if (found == tables_.end() || statements == nullptr || !statements->is_array()) {
            return;
        }
        auto rule = rule_of(table, *statements);
        const auto* const handle = member(object, "handle");
        auto words =
            fmt::format("table {} {}, chain {}, handle {}", table.first, table.second, name,
                        handle != nullptr && handle->is_number_unsigned() ? handle->get<std::uint64_t>() : 0);
        if (const auto comment = text_of(object, "comment"); !comment.empty()) {
            words += " (" + comment + ")";
        }
        rule.words = model::ForeignText(std::move(words));
        found->second.chains[name].rules.push_back(std::move(rule));
    }

    model::FilterRule rule_of(const TablePlace& table, const Json& statements) {
        model::FilterRule rule;
        for (const auto& statement : statements) {
            if (!statement.is_object() || statement.empty()) {
                rule.matches.push_back(unknown_match());
                continue;
            }
            const auto name = statement.begin().key();
            if (name == "match") {
                rule.matches.push_back(match_of(table, statement["match"]));
            } else if (name == "vmap") {
                rule.verdict_map = verdict_map_of(table, statement["vmap"]);
                return rule;
            } else if (const auto verdict = verdict_of(statement)) {
                if (name == "reject") {
                    add_what_rejection_says(table, statement["reject"], rule);
                }
                rule.verdict = *verdict;
                return rule;
            } else if (!is_harmless(name)) {
                rule.matches.push_back(unknown_match()); // limit, quota, xt and what there will be one day
            }
        }
        return rule;
    }

    static model::PacketMatch unknown_match() {
        model::PacketMatch match;
        match.fields.emplace_back();
        match.elements = std::make_shared<const std::vector<model::MatchElement>>();
        return match;
    }

    /// nft leaves out `meta nfproto ipv4` where the rejection says it (by ICMP, or ICMPv6), and before a TCP
    /// reset, which says nothing (payload_dependency_kill() in its src/netlink_delinearize.c; 1.0.6).
    static void add_what_rejection_says(const TablePlace& table, const Json& reject,
                                        model::FilterRule& rule) {
        const auto type = text_of(reject, "type");
        if (type == "icmp" || type == "icmpv6") {
            const std::uint64_t family = type == "icmp" ? 4 : 6;
            model::PacketMatch match;
            match.fields.emplace_back().what = PacketField::What::family;
            match.elements = std::make_shared<const std::vector<model::MatchElement>>(
                std::vector<model::MatchElement>{{{model::NumberRange{family, family}}, {}}});
            rule.matches.push_back(std::move(match));
        } else if (type == "tcp reset" && table.first == "inet" && !says_family(rule)) {
            rule.matches.push_back(unknown_match());
        }
    }

    static bool says_family(const model::FilterRule& rule) {
        return std::any_of(rule.matches.begin(), rule.matches.end(), [](const model::PacketMatch& match) {
            return std::any_of(match.fields.begin(), match.fields.end(), [](const PacketField& field) {
                return field.family != 0 || field.what == PacketField::What::family;
            });
        });
    }

    using Elements = std::shared_ptr<const std::vector<model::MatchElement>>;

    /// "@name", {"set": [...]} or one value. A large set is read once, as long as it is looked into by the
    /// same fields.
    Elements elements_of(const TablePlace& table, const std::vector<PacketField>& fields, const Json& right) {
        const auto name = text_of(&right);
        if (!name.starts_with('@')) {
            const auto* const list = member(right, "set");
            return read_elements(fields, list != nullptr && list->is_array() ? *list : Json::array({right}));
        }
        const auto found = sets_.find({table, name.substr(1)});
        if (found == sets_.end()) {
            return nullptr;
        }
        auto& [known_fields, known] = read_[found->second];
        if (!known || known_fields != fields) {
            const auto* const list = member(*found->second, "elem");
            known = read_elements(fields, list != nullptr && list->is_array() ? *list : Json::array());
            known_fields = fields;
        }
        return known;
    }

    static Elements read_elements(const std::vector<PacketField>& fields, const Json& list) {
        auto elements = std::make_shared<std::vector<model::MatchElement>>();
        elements->reserve(list.size());
        for (const auto& element : list) {
            const bool with_verdict = element.is_array() && element.size() == 2 && element[1].is_object();
            model::MatchElement read;
            read.values = values_of(fields, with_verdict ? element[0] : element);
            if (with_verdict) {
                read.verdict = verdict_of(element[1])
                                   .value_or(model::RuleVerdict{model::RuleVerdict::Kind::unknown, {}});
            }
            elements->push_back(std::move(read));
        }
        return elements;
    }

    model::PacketMatch match_of(const TablePlace& table, const Json& match) {
        const auto* const left = member(match, "left");
        const auto* const right = member(match, "right");
        const auto operation = text_of(match, "op");
        if (left == nullptr || right == nullptr) {
            return unknown_match();
        }
        model::PacketMatch result;
        result.fields = fields_of(*left);
        result.negated = operation == "!=";
        if (operation == "in" && right->is_array()) {
            result.elements = read_elements(result.fields, *right); // one of several flags
        } else if (operation == "==" || operation == "!=" || operation == "in") {
            result.elements = elements_of(table, result.fields, *right);
        } else if (const auto range = compared(result.fields.front(), operation, *right)) {
            result.elements = std::make_shared<const std::vector<model::MatchElement>>(
                std::vector<model::MatchElement>{{{*range}, {}}});
        }
        // Of a state, `==` asks for exactly these flags and a list for any of them; a packet has one state.
        if (!result.elements || (operation == "==" && right->is_array())) {
            return unknown_match();
        }
        return result;
    }

    model::PacketMatch verdict_map_of(const TablePlace& table, const Json& statement) {
        const auto* const key = member(statement, "key");
        const auto* const data = member(statement, "data");
        if (key == nullptr || data == nullptr) {
            return unknown_match();
        }
        model::PacketMatch result;
        result.fields = fields_of(*key);
        result.elements = elements_of(table, result.fields, *data);
        return result.elements ? result : unknown_match();
    }

    const Json& objects_;
    std::map<TablePlace, model::FilterTable> tables_;
    std::map<Place, const Json*> sets_;
    std::map<const Json*, std::pair<std::vector<PacketField>, Elements>> read_;
};

} // namespace

model::Ruleset parse_nft_ruleset(std::string_view json) {
    const auto document = Json::parse(json, nullptr, false);
    const auto* const objects = member(document, "nftables");
    if (objects == nullptr || !objects->is_array()) {
        throw model::UsageError("not what nft -j list ruleset prints (no list \"nftables\")");
    }
    return Document(*objects).read();
}

} // namespace fwlearn::firewall
