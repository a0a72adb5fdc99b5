// The parser of libnftables-json(5).
#include "firewall/ruleset.hpp"
#include "nft_names.hpp"

#include <model/errors.hpp>
#include <model/protocol.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <limits>
#include <map>
#include <set>
#include <utility>

namespace fwlearn::firewall {
namespace {

using Json = nlohmann::json;
using model::PacketField;
using What = model::PacketField::What;

const Json* member(const Json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return object.is_object() && found != object.end() ? &*found : nullptr;
}

std::string text(const Json* value) {
    return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::string text(const Json& object, const char* key) {
    return text(member(object, key));
}

PacketField field_of(What what, std::uint8_t protocol = 0, std::uint8_t family = 0) {
    PacketField field;
    field.what = what;
    field.protocol = protocol;
    field.family = family;
    return field;
}

PacketField payload_field(const std::string& protocol, const std::string& name) {
    constexpr std::uint8_t ipv4 = 4;
    constexpr std::uint8_t ipv6 = 6;
    if (protocol == "ip" || protocol == "ip6") {
        const auto family = protocol == "ip" ? ipv4 : ipv6;
        const bool is_protocol = name == (protocol == "ip" ? "protocol" : "nexthdr");
        return name == "daddr" ? field_of(What::address, 0, family)
               : is_protocol   ? field_of(What::protocol, 0, family)
                               : PacketField();
    }
    if (protocol == "icmp" || protocol == "icmpv6") {
        const auto number =
            protocol == "icmp" ? model::protocol::icmp.number : model::protocol::icmpv6.number;
        return name == "type"   ? field_of(What::icmp_type, number)
               : name == "code" ? field_of(What::icmp_code, number)
                                : PacketField();
    }
    if (protocol == "tcp" && name == "flags") {
        return field_of(What::tcp_flags, model::protocol::tcp.number);
    }
    if (name != "dport") {
        return {};
    }
    const auto number = protocol == "th" ? std::optional<std::uint8_t>(0) : protocol_number(protocol);
    return number ? field_of(What::port, *number) : PacketField();
}

PacketField meta_field(const std::string& key) {
    static const std::map<std::string, What> known{{"skuid", What::uid},         {"skgid", What::gid},
                                                   {"l4proto", What::protocol},  {"nfproto", What::family},
                                                   {"oifname", What::interface}, {"oif", What::interface}};
    const auto found = known.find(key);
    return found == known.end() ? PacketField() : field_of(found->second);
}

/// One number, by the name that nft gives it.
std::optional<std::uint64_t> number_of(const PacketField& field, const Json& value) {
    if (value.is_number_unsigned()) {
        return value.get<std::uint64_t>();
    }
    if (!value.is_string()) {
        return std::nullopt;
    }
    const auto& name = value.get_ref<const std::string&>();
    const bool ipv6 = field.protocol == model::protocol::icmpv6.number;
    switch (field.what) {
    case What::protocol:
        return protocol_number(name);
    case What::family:
        return name == "ipv4"   ? std::optional<std::uint64_t>(4)
               : name == "ipv6" ? std::optional<std::uint64_t>(6)
                                : std::nullopt;
    case What::icmp_type:
        return ipv6 ? icmpv6_type_number(name) : icmp_type_number(name);
    case What::icmp_code:
        return ipv6 ? icmpv6_code_number(name) : icmp_code_number(name);
    case What::conntrack_state:
        return conntrack_state_number(name);
    case What::tcp_flags:
        return tcp_flag_number(name);
    default:
        return plain_number(name);
    }
}

/// Several flags are printed as a list, or as {"|": [...]}.
std::optional<std::uint64_t> flags_of(const PacketField& field, const Json& value) {
    const auto* const alternatives = member(value, "|");
    const Json& list = alternatives != nullptr ? *alternatives : value;
    if (!list.is_array()) {
        return number_of(field, value);
    }
    std::uint64_t sum = 0;
    for (const auto& flag : list) {
        const auto bits = flags_of(field, flag);
        if (!bits) {
            return std::nullopt;
        }
        sum |= *bits;
    }
    return sum;
}

model::FieldValue address_value(const PacketField& field, const Json& value) {
    const auto family = field.family == 4 ? model::Family::ipv4 : model::Family::ipv6;
    const auto* const prefix = member(value, "prefix");
    const auto* const range = member(value, "range");
    if (prefix != nullptr) {
        const auto address = model::Address::parse(text(*prefix, "addr"));
        const auto* const length = member(*prefix, "len");
        if (!address || address->family() != family || length == nullptr || !length->is_number_unsigned() ||
            length->get<std::uint64_t>() > address->bits()) {
            return {};
        }
        return model::addresses_of(*address, static_cast<unsigned>(length->get<std::uint64_t>()));
    }
    const bool is_range = range != nullptr && range->is_array() && range->size() == 2;
    const auto first = model::Address::parse(text(is_range ? &(*range)[0] : &value));
    const auto last = model::Address::parse(text(is_range ? &(*range)[1] : &value));
    if (!first || !last || first->family() != family || last->family() != family || *last < *first) {
        return {};
    }
    return model::AddressRange{*first, *last};
}

model::FieldValue text_value(const Json& value) {
    if (!value.is_string()) {
        return {};
    }
    auto pattern = value.get<std::string>();
    const bool and_more = pattern.ends_with('*');
    if (and_more) {
        pattern.pop_back();
    }
    return model::TextPattern{model::ForeignText(pattern), and_more};
}

model::FieldValue number_value(const PacketField& field, const Json& value) {
    const auto* const range = member(value, "range");
    if (range != nullptr && range->is_array() && range->size() == 2) {
        const auto first = number_of(field, (*range)[0]);
        const auto last = number_of(field, (*range)[1]);
        return first && last && *first <= *last ? model::FieldValue(model::NumberRange{*first, *last})
                                                : model::FieldValue();
    }
    const auto number = flags_of(field, value);
    return number ? model::FieldValue(model::NumberRange{*number, *number}) : model::FieldValue();
}

model::FieldValue value_of(const PacketField& field, const Json& value) {
    switch (field.what) {
    case What::unknown:
        return {};
    case What::address:
        return address_value(field, value);
    case What::interface:
    case What::cgroup:
        return text_value(value);
    default:
        return number_value(field, value);
    }
}

/// Elements may be wrapped: {"elem": {"val": ..., "timeout": ...}}.
const Json& bare(const Json& element) {
    const auto* const wrapped = member(element, "elem");
    const auto* const value = wrapped != nullptr ? member(*wrapped, "val") : nullptr;
    return value != nullptr ? *value : element;
}

std::vector<model::FieldValue> values_of(const std::vector<PacketField>& fields, const Json& element) {
    const Json& value = bare(element);
    std::vector<model::FieldValue> values(fields.size());
    const auto* const parts = member(value, "concat");
    if (fields.size() == 1) {
        values[0] = value_of(fields[0], value);
    } else if (parts != nullptr && parts->is_array() && parts->size() == fields.size()) {
        for (std::size_t index = 0; index < fields.size(); ++index) {
            values[index] = value_of(fields[index], (*parts)[index]);
        }
    }
    return values;
}

model::RuleVerdict to_chain(model::RuleVerdict::Kind kind, const Json& target) {
    return {kind, text(target, "target")};
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
        return {{text(object, "family"), text(object, "table")}, text(object, key)};
    }

    void note_table(const Json& object) {
        const auto* const table = member(object, "table");
        if (table == nullptr) {
            return;
        }
        const TablePlace place{text(*table, "family"), text(*table, "name")};
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
        const auto hook = text(object, "hook");
        const auto type = text(object, "type");
        // Of nat chains, accept and drop are rare, and drop is refused by nft; what they change is the
        // address.
        if ((hook == "output" || hook == "postrouting") && (type == "filter" || type == "route")) {
            model::FilterChain::Base base;
            const auto* const priority = member(object, "prio");
            base.priority = priority != nullptr && priority->is_number_integer() ? priority->get<int>() : 0;
            base.postrouting = hook == "postrouting";
            base.denies = text(object, "policy") == "drop";
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
        if (const auto comment = text(object, "comment"); !comment.empty()) {
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

    static PacketField single_field(const Json& left) {
        if (const auto* payload = member(left, "payload")) {
            return payload_field(text(*payload, "protocol"), text(*payload, "field"));
        }
        if (const auto* meta = member(left, "meta")) {
            return meta_field(text(*meta, "key"));
        }
        if (const auto* conntrack = member(left, "ct")) {
            return text(*conntrack, "key") == "state" ? field_of(What::conntrack_state) : PacketField();
        }
        const auto* const masked = member(left, "&");
        if (masked != nullptr && masked->is_array() && masked->size() == 2) {
            auto field = single_field((*masked)[0]);
            const auto mask = flags_of(field, (*masked)[1]);
            if (field.what == What::address || field.what == What::interface || !mask) {
                return {};
            }
            field.mask = *mask;
            return field;
        }
        return {}; // socket too: nft of Debian 12 does not print which level it means
    }

    static std::vector<PacketField> fields_of(const Json& left) {
        std::vector<PacketField> fields;
        const auto* const parts = member(left, "concat");
        if (parts == nullptr || !parts->is_array()) {
            fields.push_back(single_field(left));
            return fields;
        }
        fields.reserve(parts->size());
        for (const auto& part : *parts) {
            fields.push_back(single_field(part));
        }
        return fields;
    }

    using Elements = std::shared_ptr<const std::vector<model::MatchElement>>;

    /// "@name", {"set": [...]} or one value. A large set is read once, as long as it is looked into by the
    /// same fields.
    Elements elements_of(const TablePlace& table, const std::vector<PacketField>& fields, const Json& right) {
        const auto name = text(&right);
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
        const auto operation = text(match, "op");
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
        } else {
            result.elements = compared(result.fields.front(), operation, *right);
        }
        // Of a state, `==` asks for exactly these flags and a list for any of them; a packet has one state.
        if (!result.elements || (operation == "==" && right->is_array())) {
            return unknown_match();
        }
        return result;
    }

    /// For `<`, `>`, `<=` and `>=`.
    static Elements compared(const PacketField& field, const std::string& operation, const Json& right) {
        const auto number = number_of(field, right);
        constexpr auto most = std::numeric_limits<std::uint64_t>::max();
        model::NumberRange range{0, most};
        if (!number || field.what == What::unknown || field.what == What::address) {
            return nullptr;
        }
        if (operation == "<" && *number > 0) {
            range.last = *number - 1;
        } else if (operation == "<=") {
            range.last = *number;
        } else if (operation == ">" && *number < most) {
            range.first = *number + 1;
        } else if (operation == ">=") {
            range.first = *number;
        } else {
            return nullptr;
        }
        return std::make_shared<const std::vector<model::MatchElement>>(
            std::vector<model::MatchElement>{{{range}, {}}});
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
