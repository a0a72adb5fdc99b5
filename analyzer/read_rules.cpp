#include "analyzer/read_rules.hpp"

#include "analyzer/name_addresses.hpp"
#include "rule_id.hpp"

#include <model/errors.hpp>
#include <model/number.hpp>
#include <model/vocabulary.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>

namespace fwlearn::analyzer {
namespace {

using Json = nlohmann::json;

[[noreturn]] void refuse(const std::string& why) {
    throw model::UsageError("no whitelist of fwlearn suggest -o json: " + why);
}

const Json* find(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string text(const Json& object, const char* key) {
    const auto* value = find(object, key);
    if (value != nullptr && !value->is_string()) {
        refuse(fmt::format("'{}' is no text", key));
    }
    return value == nullptr ? std::string() : value->get<std::string>();
}

model::ForeignText foreign(const Json& object, const char* key) {
    return model::ForeignText(text(object, key));
}

std::uint64_t number(const Json& value, const char* key, std::uint64_t largest) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > largest) {
        refuse(fmt::format("'{}' is no number, or too large", key));
    }
    return value.get<std::uint64_t>();
}

std::uint64_t count(const Json& object, const char* key) {
    const auto* value = find(object, key);
    return value == nullptr ? 0 : number(*value, key, std::numeric_limits<std::uint64_t>::max());
}

bool flag(const Json& object, const char* key) {
    const auto* value = find(object, key);
    if (value != nullptr && !value->is_boolean()) {
        refuse(fmt::format("'{}' is neither true nor false", key));
    }
    return value != nullptr && value->get<bool>();
}

/// What `read` makes of each element; nothing where the key is not there.
template <typename Read>
auto list(const Json& object, const char* key, const Read& read) {
    std::vector<decltype(read(object))> values;
    const auto* array = find(object, key);
    if (array == nullptr) {
        return values;
    }
    if (!array->is_array()) {
        refuse(fmt::format("'{}' is no list", key));
    }
    for (const auto& element : *array) {
        values.push_back(read(element));
    }
    return values;
}

const Json& object_of(const Json& element) {
    if (!element.is_object()) {
        refuse("a list holds what is no object");
    }
    return element;
}

std::string text_of(const Json& element) {
    if (!element.is_string()) {
        refuse("a list of texts holds something else");
    }
    return element.get<std::string>();
}

model::ForeignText foreign_of(const Json& element) {
    return model::ForeignText(text_of(element));
}

/// fwlearn's own words are printed as they are: these must be able to.
std::string warning_of(const Json& element) {
    auto words = text_of(element);
    if (!std::all_of(words.begin(), words.end(), [](char byte) { return byte >= 0x20 && byte < 0x7f; })) {
        refuse("a warning is not fwlearn's own");
    }
    return words;
}

std::uint16_t detail_of(std::string_view digits) {
    const auto value = model::parse_integer<std::uint16_t>(digits);
    if (!value) {
        refuse("there is a port that is none");
    }
    return *value;
}

model::DetailRange ports_of(const Json& element) {
    if (!element.is_string()) {
        return static_cast<std::uint16_t>(
            number(element, "ports", std::numeric_limits<std::uint16_t>::max()));
    }
    const auto words = element.get<std::string>();
    const auto dash = words.find('-');
    const auto first = detail_of(std::string_view(words).substr(0, dash));
    const auto last = dash == std::string::npos ? first : detail_of(std::string_view(words).substr(dash + 1));
    if (first > last) {
        refuse("there is a range of ports that ends before it begins");
    }
    return {first, last};
}

model::DetailRange icmp_of(const Json& element) {
    constexpr std::uint64_t largest = 255;
    const auto part = [&element](const char* key) {
        const auto* value = find(object_of(element), key);
        if (value == nullptr) {
            refuse(fmt::format("what a rule says of ICMP has no '{}'", key));
        }
        return static_cast<std::uint8_t>(number(*value, key, largest));
    };
    return model::Service::icmp(model::protocol::icmp, part("type"), part("code")).detail;
}

model::Selector selector_of(const Json& element) {
    model::Selector selector;
    const auto kind = model::from_word<model::SelectorKind>(text(object_of(element), "kind"));
    if (!kind) {
        refuse("there is a selector of no kind that is known");
    }
    selector.kind = *kind;
    selector.user = foreign(element, "user");
    const auto value = text(element, "value");
    if (selector.kind == model::SelectorKind::uid) {
        const auto uid = model::parse_integer<std::uint32_t>(value);
        if (!uid) {
            refuse("there is a user without a number");
        }
        selector.uid = *uid;
    } else if (selector.kind == model::SelectorKind::unit) {
        selector.unit = model::ForeignText(value);
        selector.cgroup = foreign(element, "cgroup");
    }
    return selector;
}

model::Prefix prefix_of(const Json& element) {
    const auto prefix = model::Prefix::parse(text_of(element));
    if (!prefix) {
        refuse("there is an address that is none");
    }
    return *prefix;
}

model::Address address_of(const Json& element) {
    const auto address = model::Address::parse(text_of(element));
    if (!address) {
        refuse("there is an address that is none");
    }
    return *address;
}

model::NamedAddresses named_of(const Json& element) {
    model::NamedAddresses known;
    known.name = foreign(object_of(element), "name");
    known.addresses = list(element, "addresses", address_of);
    known.ttl = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(count(element, "ttl"), std::numeric_limits<std::uint32_t>::max()));
    known.and_below = flag(element, "and_below");
    if (known.name.empty()) {
        refuse("there is a name that is empty");
    }
    return known;
}

model::ConfiguredKind purpose_of(const Json& element) {
    const auto kind = model::from_word<model::ConfiguredKind>(text_of(element));
    if (!kind) {
        refuse("there is a purpose that is not known");
    }
    return *kind;
}

model::FlagKind flag_of(const Json& element) {
    const auto flag = model::from_word<model::FlagKind>(text_of(element));
    if (!flag) {
        refuse("there is a flag that is not known");
    }
    return *flag;
}

model::Task task_of(const Json& element) {
    const auto kind = model::from_word<model::TaskKind>(text(object_of(element), "kind"));
    return {kind.value_or(model::TaskKind::unknown), foreign(element, "name")};
}

model::Process process_of(const Json& element) {
    model::Process process;
    process.exe = foreign(object_of(element), "exe");
    process.comm = foreign(element, "comm");
    process.cmdline = foreign(element, "cmdline");
    process.cgroup = foreign(element, "cgroup");
    process.unit = foreign(element, "unit");
    process.script = foreign(element, "script");
    process.ancestors = list(element, "ancestors", foreign_of);
    process.deleted = flag(element, "deleted");
    process.in_memory = flag(element, "in_memory");
    process.contained = flag(element, "contained");
    if (const auto* uid = find(element, "uid")) {
        process.uid =
            static_cast<std::uint32_t>(number(*uid, "uid", std::numeric_limits<std::uint32_t>::max()));
    }
    return process;
}

model::Timestamp time(const Json& object, const char* key) {
    const auto words = text(object, key);
    const auto value = model::parse_rfc3339(words);
    if (!words.empty() && !value) {
        refuse(fmt::format("'{}' is no time", key));
    }
    return value.value_or(model::Timestamp{});
}

model::Evidence evidence_of(const Json& rule) {
    const auto* evidence = find(rule, "evidence");
    if (evidence == nullptr) {
        return {};
    }
    object_of(*evidence);
    return {count(*evidence, "flows"),      count(*evidence, "answered"), count(*evidence, "refused"),
            count(*evidence, "unanswered"), count(*evidence, "days"),     time(*evidence, "first_seen"),
            time(*evidence, "last_seen")};
}

template <typename Value, typename Less>
void expect_ascending(const std::vector<Value>& values, const char* key, const Less& less) {
    for (std::size_t index = 1; index < values.size(); ++index) {
        if (!less(values[index - 1], values[index])) {
            refuse(fmt::format("'{}' are not in order", key));
        }
    }
}

/// An older fwlearn let names bring in what none may any more, and what -o nft prints does not admit by one.
void leave_out_no_names_addresses(model::Rule& rule) {
    if (rule.by_name.empty()) {
        return;
    }
    for (auto& known : rule.by_name) {
        std::erase_if(known.addresses,
                      [](const auto& address) { return why_no_names_address(address) != nullptr; });
    }
    std::erase_if(rule.addresses, [](const auto& prefix) {
        return prefix.is_single() && why_no_names_address(prefix.address()) != nullptr;
    });
}

void check(const model::Rule& rule) {
    if (rule.selectors.empty() || rule.details.empty() || (rule.addresses.empty() && rule.by_name.empty())) {
        refuse("there is a rule without a sender, a service or a destination");
    }
    expect_ascending(rule.selectors, "selectors", std::less<>());
    expect_ascending(rule.details, "ports",
                     [](const auto& one, const auto& other) { return one.last < other.first; });
    expect_ascending(rule.addresses, "addresses", [](const auto& one, const auto& other) {
        return one < other && !one.contains(other.address());
    });
    expect_ascending(rule.by_name, "by_name",
                     [](const auto& one, const auto& other) { return one.name <= other.name; });
}

/// What the protocol cannot have is not passed over: who wrote it meant less than the rule would admit.
void expect_none(const Json& element, const char* key, const model::Protocol& protocol) {
    const auto* value = find(element, key);
    if (value != nullptr && !(value->is_array() && value->empty())) {
        refuse(fmt::format("there is a rule for {} with '{}', which {} has none of", protocol.name(), key,
                           protocol.name()));
    }
}

model::Rule rule_of(const Json& element) {
    model::Rule rule;
    rule.title = foreign(object_of(element), "title");
    rule.comment = foreign(element, "comment");
    rule.selectors = list(element, "selectors", selector_of);
    const auto protocol = model::Protocol::parse(text(element, "protocol"));
    if (!protocol) {
        refuse("there is a rule without a protocol");
    }
    rule.protocol = *protocol;
    if (!protocol->has_ports()) {
        expect_none(element, "ports", *protocol);
    }
    if (!protocol->is_icmp()) {
        expect_none(element, "icmp", *protocol);
    }
    rule.details = protocol->is_icmp() ? list(element, "icmp", icmp_of) : list(element, "ports", ports_of);
    if (!protocol->is_icmp() && !protocol->has_ports()) {
        rule.details.assign(1, model::DetailRange(0));
    }
    rule.addresses = list(element, "addresses", prefix_of);
    rule.names = list(element, "names", foreign_of);
    rule.by_name = list(element, "by_name", named_of);
    rule.purposes = list(element, "purposes", purpose_of);
    rule.processes = list(element, "processes", process_of);
    rule.tasks = list(element, "tasks", task_of);
    rule.evidence = evidence_of(element);
    rule.exposure = count(element, "exposure");
    rule.beyond = count(element, "beyond");
    rule.other_tasks = list(element, "other_tasks", task_of);
    rule.flags = list(element, "flags", flag_of);
    rule.warnings = list(element, "warnings", warning_of);
    check(rule);
    leave_out_no_names_addresses(rule);
    rule.id = rule_id(rule);
    return rule;
}

} // namespace

std::vector<model::Rule> read_rules(std::string_view text) {
    const auto document = Json::parse(text, nullptr, false);
    if (!document.is_object()) {
        refuse("it is no JSON object");
    }
    const auto* schema = find(document, "schema");
    if (schema == nullptr || *schema != 1) {
        refuse("its schema is not 1");
    }
    if (find(document, "rules") == nullptr) {
        refuse("it has no rules");
    }
    return list(document, "rules", rule_of);
}

} // namespace fwlearn::analyzer
