#include "cli/decisions_toml.hpp"

#include "toml_document.hpp"

#include <model/errors.hpp>
#include <model/host_name.hpp>
#include <model/number.hpp>
#include <model/vocabulary.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>

namespace fwlearn::cli {
namespace {

using model::DecisionAction;

/// One table on its way to a decision. Whatever is not asked for by name is a mistake.
class TableReader {
  public:
    TableReader(const toml::table& table, const std::string& file) : table_(table), file_(file) {}

    model::Decision read() {
        check_keys();
        read_action();
        read_scope();
        read_words();
        read_widening();
        decision_.line = table_.source().begin.line;
        return decision_;
    }

  private:
    [[noreturn]] void fail(const toml::node& node, const std::string& why) const {
        refuse_toml(file_, node.source(), why);
    }

    void check_keys() const {
        constexpr std::string_view known[] = {"action",  "rule",       "process",   "task",    "user",
                                              "owner",   "unit",       "name",      "address", "protocol",
                                              "port",    "icmp_type",  "icmp_code", "reason",  "title",
                                              "comment", "to_address", "to_domain", "to_port"};
        for (const auto& [key, node] : table_) {
            if (std::find(std::begin(known), std::end(known), key.str()) == std::end(known)) {
                refuse_toml(file_, key.source(),
                            "there is no key " + in_quotes(key.str()) + " in a decision");
            }
        }
    }

    const std::string* text(std::string_view key) const {
        const auto* node = table_.get(key);
        if (node == nullptr) {
            return nullptr;
        }
        const auto* value = node->as_string();
        if (value == nullptr) {
            fail(*node, in_quotes(key) + " takes a text in quotes");
        }
        if (value->get().empty()) {
            fail(*node, in_quotes(key) + " is empty");
        }
        return &value->get();
    }

    void read_action() {
        const auto* word = text("action");
        if (word == nullptr) {
            fail(table_, "a decision needs an action: allow, deny, widen, rename or comment");
        }
        const auto action = model::from_word<DecisionAction>(*word);
        if (!action) {
            fail(*table_.get("action"),
                 "there is no action " + in_quotes(*word) + ": it is allow, deny, widen, rename or comment");
        }
        decision_.action = *action;
    }

    void read_scope() {
        auto& scope = decision_.scope;
        read_pattern("process", scope.process);
        read_pattern("task", scope.task);
        read_user();
        read_owner();
        read_pattern("unit", scope.unit);
        read_pattern("name", scope.name);
        scope.address = prefix("address");
        if (const auto* word = text("protocol")) {
            scope.protocol = model::Protocol::parse(*word);
            if (!scope.protocol) {
                fail(*table_.get("protocol"), "there is no protocol " + in_quotes(*word));
            }
        }
        scope.ports = ports("port");
        if (scope.ports && scope.protocol && !scope.protocol->has_ports()) {
            fail(*table_.get("port"), scope.protocol->name() + " has no ports");
        }
        read_icmp();
        const bool by_pattern = scope != model::DecisionScope{};
        read_rule();
        if (!by_pattern && scope.rule.empty()) {
            fail(table_, "a decision says what it is for: rule, or any of process, task, user, owner, unit, "
                         "name, address, protocol, port and icmp_type");
        }
        if (by_pattern && !scope.rule.empty()) {
            fail(*table_.get("rule"), "a decision is for a rule, or for what agrees with patterns, not both");
        }
    }

    void read_rule() {
        const auto* id = text("rule");
        if (id == nullptr) {
            return;
        }
        constexpr std::size_t digits = 12;
        if (id->size() > digits || id->find_first_not_of("0123456789abcdef") != std::string::npos) {
            fail(*table_.get("rule"), in_quotes(*id) + " is no rule's id, nor the beginning of one");
        }
        decision_.scope.rule = *id;
    }

    void read_pattern(std::string_view key, model::ForeignText& pattern) const {
        if (const auto* value = text(key)) {
            if (value->find('\0') != std::string::npos) {
                fail(*table_.get(key), "a pattern holds no NUL");
            }
            pattern = model::ForeignText(*value);
        }
    }

    void read_user() {
        const auto* node = table_.get("user");
        const auto* number = node == nullptr ? nullptr : node->as_integer();
        if (number == nullptr) {
            read_pattern("user", decision_.scope.user);
            return;
        }
        if (number->get() < 0 || number->get() > std::numeric_limits<std::uint32_t>::max()) {
            fail(*node, "no user has the number " + std::to_string(number->get()));
        }
        decision_.scope.user = model::ForeignText(std::to_string(number->get()));
    }

    void read_owner() {
        const auto* word = text("owner");
        if (word == nullptr) {
            return;
        }
        const auto& node = *table_.get("owner");
        decision_.scope.owner = model::from_word<model::OwnerKind>(*word);
        if (!decision_.scope.owner) {
            fail(node, "there is no owner " + in_quotes(*word) + ": it is user, kernel or unknown");
        }
        if (*decision_.scope.owner != model::OwnerKind::user && !decision_.scope.user.empty()) {
            fail(node, "what a user owns is not owned by " + in_quotes(*word) + ": user or owner, not both");
        }
    }

    /// Of one octet.
    std::optional<std::uint8_t> icmp_number(std::string_view key) const {
        const auto* node = table_.get(key);
        if (node == nullptr) {
            return std::nullopt;
        }
        const auto* number = node->as_integer();
        if (number == nullptr || number->get() < 0 || number->get() > 255) {
            fail(*node, in_quotes(key) + " takes a number from 0 to 255");
        }
        return static_cast<std::uint8_t>(number->get());
    }

    void read_icmp() {
        auto& scope = decision_.scope;
        const auto type = icmp_number("icmp_type");
        const auto code = icmp_number("icmp_code");
        if (!type) {
            if (code) {
                fail(*table_.get("icmp_code"), "a code is one of a type's: icmp_type is missing");
            }
            return;
        }
        if (!scope.protocol || !scope.protocol->is_icmp()) {
            fail(*table_.get("icmp_type"), "'icmp_type' needs protocol = \"icmp\" or \"icmpv6\"");
        }
        const auto first = model::Service::icmp(*scope.protocol, *type, code.value_or(0)).detail;
        const auto last = model::Service::icmp(*scope.protocol, *type, code.value_or(255)).detail;
        scope.icmp = model::DetailRange(first, last);
    }

    std::optional<model::Prefix> prefix(std::string_view key) const {
        const auto* value = text(key);
        if (value == nullptr) {
            return std::nullopt;
        }
        const auto parsed = model::Prefix::parse(*value);
        if (!parsed) {
            fail(*table_.get(key), in_quotes(*value) +
                                       " is no address and no prefix like 192.0.2.0/24, with no "
                                       "bit set beyond its length");
        }
        return parsed;
    }

    std::optional<model::DetailRange> ports(std::string_view key) const {
        const auto* node = table_.get(key);
        if (node == nullptr) {
            return std::nullopt;
        }
        std::optional<model::DetailRange> range;
        if (const auto* number = node->as_integer()) {
            range = model::DetailRange::parse(std::to_string(number->get()));
        } else if (const auto* words = node->as_string()) {
            range = model::DetailRange::parse(words->get());
        }
        if (!range) {
            fail(*node, in_quotes(key) + " takes a port, 443, or a range of them, \"1024-65535\"");
        }
        return range;
    }

    void read_words() {
        const auto allowed = decision_.action == DecisionAction::rename    ? "title"
                             : decision_.action == DecisionAction::comment ? "comment"
                                                                           : "reason";
        for (const std::string_view key : {"title", "comment", "reason"}) {
            if (const auto* node = table_.get(key); node != nullptr && key != allowed) {
                fail(*node,
                     fmt::format("{} takes {} and no {}", model::to_word(decision_.action), allowed, key));
            }
        }
        const auto* node = table_.get(allowed);
        if (decision_.action == DecisionAction::rename || decision_.action == DecisionAction::comment) {
            if (node == nullptr) {
                fail(table_, fmt::format("{} needs a {}", model::to_word(decision_.action), allowed));
            }
            decision_.text = model::ForeignText(*text(allowed));
        } else if (node != nullptr) {
            const auto* reason = node->as_string(); // which may be empty
            if (reason == nullptr) {
                fail(*node, "'reason' takes a text in quotes");
            }
            decision_.text = model::ForeignText(reason->get());
        }
    }

    void read_widening() {
        decision_.to_address = prefix("to_address");
        decision_.to_ports = ports("to_port");
        if (const auto* value = text("to_domain")) {
            const std::string_view domain = *value;
            const auto name = model::host_name(domain.substr(domain.starts_with("*.") ? 2 : 0));
            if (!name) {
                fail(*table_.get("to_domain"), in_quotes(domain) + " is no domain");
            }
            decision_.to_domain = model::ForeignText(*name);
        }
        const int wider = (decision_.to_address ? 1 : 0) + (decision_.to_ports ? 1 : 0) +
                          (decision_.to_domain.empty() ? 0 : 1);
        if (wider != (decision_.action == DecisionAction::widen ? 1 : 0)) {
            fail(table_, "widen takes one of to_address, to_domain and to_port, and nothing else does");
        }
    }

    const toml::table& table_;
    const std::string& file_;
    model::Decision decision_;
};

void put(std::string& out, const char* key, const model::ForeignText& value) {
    if (value.empty()) {
        return;
    }
    out += fmt::format("{} = \"", key);
    const std::string_view bytes = value.raw_bytes();
    for (std::size_t at = 0; at < bytes.size();) {
        const auto lead = static_cast<unsigned char>(bytes[at]);
        const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        char32_t character = lead < 0x80 ? lead : lead & (0x7fU >> size);
        for (std::size_t index = 1; index < size; ++index) {
            const auto next = at + index < bytes.size() ? static_cast<unsigned char>(bytes[at + index]) : 0U;
            character = character << 6U | (next & 0x3fU);
        }
        at += size;
        if (character == '"' || character == '\\') {
            out += '\\';
            out += static_cast<char>(character);
        } else if (character >= 0x20 && character < 0x7f) {
            out += static_cast<char>(character);
        } else if (character <= 0xffff) {
            out += fmt::format("\\u{:04X}", static_cast<std::uint32_t>(character));
        } else {
            out += fmt::format("\\U{:08X}", static_cast<std::uint32_t>(character));
        }
    }
    out += "\"\n";
}

std::string ports_to_text(const model::DetailRange& range) {
    return range.is_single() ? std::to_string(range.first)
                             : fmt::format("\"{}-{}\"", range.first, range.last);
}

} // namespace

std::vector<model::Decision> parse_decisions(std::string_view text, const std::string& file) {
    const auto document = parse_toml(text, file, "file of decisions");
    std::vector<model::Decision> decisions;
    for (const auto& [key, node] : document) {
        const auto* const array = node.as_array();
        if (key.str() != "decision") {
            refuse_toml(file, key.source(), "only [[decision]] stands here, and no " + in_quotes(key.str()));
        }
        if (array == nullptr) {
            refuse_toml(file, node.source(), "decisions stand below [[decision]], with two brackets");
        }
        for (const auto& element : *array) {
            const auto* const table = element.as_table();
            if (table == nullptr) {
                refuse_toml(file, element.source(), "decisions stand below [[decision]]");
            }
            decisions.push_back(TableReader(*table, file).read());
        }
    }
    return decisions;
}

std::string decision_to_toml(const model::Decision& decision) {
    std::string out = "[[decision]]\n";
    const auto& scope = decision.scope;
    put(out, "action", model::ForeignText(model::to_word(decision.action)));
    put(out, "rule", model::ForeignText(scope.rule));
    put(out, "process", scope.process);
    put(out, "task", scope.task);
    put(out, "user", scope.user);
    if (scope.owner) {
        put(out, "owner", model::ForeignText(model::to_word(*scope.owner)));
    }
    put(out, "unit", scope.unit);
    put(out, "name", scope.name);
    if (scope.address) {
        put(out, "address", model::ForeignText(scope.address->to_string()));
    }
    if (scope.protocol) {
        put(out, "protocol", model::ForeignText(scope.protocol->name()));
    }
    if (scope.ports) {
        out += "port = " + ports_to_text(*scope.ports) + "\n";
    }
    if (scope.icmp) {
        const model::Service service{model::protocol::icmp, scope.icmp->first};
        out += fmt::format("icmp_type = {}\n", service.icmp_type());
        if (scope.icmp->is_single()) {
            out += fmt::format("icmp_code = {}\n", service.icmp_code());
        }
    }
    if (decision.to_address) {
        put(out, "to_address", model::ForeignText(decision.to_address->to_string()));
    }
    put(out, "to_domain", decision.to_domain);
    if (decision.to_ports) {
        out += "to_port = " + ports_to_text(*decision.to_ports) + "\n";
    }
    put(out,
        decision.action == DecisionAction::rename    ? "title"
        : decision.action == DecisionAction::comment ? "comment"
                                                     : "reason",
        decision.text);
    // What is to stand in the file for years is read once before it does.
    const auto read = parse_decisions(out, "the new decision");
    auto expected = decision;
    expected.line = 1;
    if (read.size() != 1 || read.front() != expected) {
        throw model::UsageError("this decision cannot be written down: some text in it is no UTF-8");
    }
    return out;
}

} // namespace fwlearn::cli
