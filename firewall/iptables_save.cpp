// The parser of iptables-save(8): options as iptables(8) and iptables-extensions(8) print them.
#include "firewall/ruleset.hpp"
#include "nft_names.hpp"

#include <model/ascii.hpp>
#include <model/errors.hpp>
#include <model/protocol.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace fwlearn::firewall {
namespace {

using model::PacketField;
using What = model::PacketField::What;
using Kind = model::RuleVerdict::Kind;

/// Words of a line; what stands between double quotes is one, and a backslash takes a quote's meaning.
std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    std::string word;
    bool quoted = false;
    bool begun = false;
    for (std::size_t at = 0; at < line.size(); ++at) {
        const char byte = line[at];
        if (byte == '\\' && quoted && at + 1 < line.size()) {
            word += line[++at];
        } else if (byte == '"') {
            quoted = !quoted;
            begun = true;
        } else if (byte == ' ' && !quoted) {
            if (begun) {
                words.push_back(std::move(word));
            }
            word.clear();
            begun = false;
        } else {
            word += byte;
            begun = true;
        }
    }
    if (begun) {
        words.push_back(std::move(word));
    }
    return words;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find(separator, begin), text.size());
        parts.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

/// "80", "80:90" or "1000-2000".
model::FieldValue number_value(std::string_view text, char separator) {
    const auto middle = text.find(separator);
    const auto first = plain_number(text.substr(0, middle));
    const auto last = middle == std::string_view::npos ? first : plain_number(text.substr(middle + 1));
    return first && last && *first <= *last ? model::FieldValue(model::NumberRange{*first, *last})
                                            : model::FieldValue();
}

/// "192.0.2.0/24", "2001:db8::1" or, with a mask that is no prefix's, nothing.
model::FieldValue address_value(std::string_view text, model::Family family) {
    const auto slash = text.find('/');
    const auto address = model::Address::parse(text.substr(0, slash));
    if (!address || address->family() != family) {
        return {};
    }
    std::optional<std::uint64_t> length = address->bits();
    if (slash != std::string_view::npos) {
        length = plain_number(text.substr(slash + 1));
    }
    if (!length || *length > address->bits()) {
        return {};
    }
    return model::addresses_of(*address, static_cast<unsigned>(*length));
}

/// Of one line, its options; a `!` before an option negates it.
class RuleLine {
  public:
    RuleLine(std::vector<std::string> words, model::Family family)
        : words_(std::move(words)), family_(family) {}

    model::FilterRule read() {
        while (at_ < words_.size()) {
            read_option();
        }
        return std::move(rule_);
    }

  private:
    std::string_view next() {
        return at_ < words_.size() ? std::string_view(words_[at_++]) : std::string_view();
    }
    [[nodiscard]] bool has_value() const {
        return at_ < words_.size() && words_[at_] != "!" && !words_[at_].starts_with('-');
    }

    void add(PacketField field, std::vector<model::FieldValue> values, bool negated) {
        std::vector<model::MatchElement> elements;
        elements.reserve(values.size());
        for (auto& value : values) {
            elements.push_back({{std::move(value)}, {}});
        }
        model::PacketMatch match;
        match.fields.push_back(field);
        match.elements = std::make_shared<const std::vector<model::MatchElement>>(std::move(elements));
        match.negated = negated;
        rule_.matches.push_back(std::move(match));
    }

    void add_unknown() { add({}, {}, false); }

    static PacketField field(What what, std::uint8_t protocol = 0) {
        PacketField result;
        result.what = what;
        result.protocol = protocol;
        return result;
    }

    void read_option() {
        const bool negated = words_[at_] == "!";
        at_ += negated ? 1U : 0U;
        const std::string option(next());
        if (option == "-p") {
            protocol_ = protocol_number(next());
            if (negated || protocol_ != std::optional<std::uint8_t>(0)) { // 0: all of them
                add(field(What::protocol),
                    {protocol_ ? model::FieldValue(model::NumberRange{*protocol_, *protocol_})
                               : model::FieldValue()},
                    negated);
            }
            protocol_ = negated ? std::nullopt : protocol_;
        } else if (option == "-d") {
            add(field(What::address), {address_value(next(), family_)}, negated);
        } else if (option == "-o") {
            add_interface(next(), negated);
        } else if (option == "-m") {
            next(); // the extension: its options have names of their own
        } else if (option == "-j" || option == "-g") {
            read_target(option == "-g");
        } else if (option == "-c") { // counters, as iptables-save -c has them
            next();
            next();
        } else {
            read_extension(option, negated);
        }
    }

    void add_interface(std::string_view name, bool negated) {
        const bool and_more = name.ends_with('+');
        name.remove_suffix(and_more ? 1 : 0);
        add(field(What::interface), {model::TextPattern{model::ForeignText(name), and_more}}, negated);
    }

    void read_extension(const std::string& option, bool negated) {
        if (option == "--dport" && protocol_) {
            add(field(What::port, *protocol_), {number_value(next(), ':')}, negated);
        } else if (option == "--dports" && protocol_) {
            std::vector<model::FieldValue> values;
            for (const auto part : split(next(), ',')) {
                values.push_back(number_value(part, ':'));
            }
            add(field(What::port, *protocol_), std::move(values), negated);
        } else if (option == "--uid-owner" || option == "--gid-owner") {
            add(field(option == "--uid-owner" ? What::uid : What::gid), {number_value(next(), '-')}, negated);
            rule_.matches.back().absent_matches = negated;
        } else if (option == "--ctstate" || option == "--state") {
            add_states(next(), negated);
        } else if (option == "--icmp-type" || option == "--icmpv6-type") {
            add_icmp(next(), negated);
        } else if (option == "--comment") {
            next();
        } else if (option == "--tcp-flags") {
            add_flags(negated);
        } else if (option == "--syn") {
            auto flags = field(What::tcp_flags, model::protocol::tcp.number);
            flags.mask = 0x17; // SYN, ACK, RST, FIN
            add(flags, {model::NumberRange{2, 2}}, negated);
        } else {
            while (has_value()) { // an option that is not known takes what follows it
                next();
            }
            add_unknown();
        }
    }

    void add_states(std::string_view list, bool negated) {
        std::vector<model::FieldValue> values;
        for (const auto part : split(list, ',')) {
            const auto name = model::lower_case(part);
            const auto number = conntrack_state_number(name);
            values.push_back(number ? model::FieldValue(model::NumberRange{*number, *number})
                                    : model::FieldValue());
        }
        add(field(What::conntrack_state), std::move(values), negated);
    }

    /// "8", "8/0" or "any" (255).
    void add_icmp(std::string_view text, bool negated) {
        const auto protocol =
            family_ == model::Family::ipv4 ? model::protocol::icmp.number : model::protocol::icmpv6.number;
        const auto slash = text.find('/');
        const bool with_code = slash != std::string_view::npos;
        constexpr std::string_view every = "any";
        if (!with_code && (text == every || text == "255")) {
            return;
        }
        if (!with_code || !negated) {
            add(field(What::icmp_type, protocol), {number_value(text.substr(0, slash), ':')}, negated);
        }
        if (with_code && !negated) {
            add(field(What::icmp_code, protocol), {number_value(text.substr(slash + 1), ':')}, false);
        } else if (with_code) {
            add_unknown(); // not (this type and this code)
        }
    }

    void add_flags(bool negated) {
        const auto bits = [](std::string_view list) -> std::optional<std::uint64_t> {
            std::uint64_t sum = 0;
            for (const auto part : split(list, ',')) {
                const auto name = model::lower_case(part);
                const auto bit = name == "none"  ? std::optional<std::uint64_t>(0)
                                 : name == "all" ? std::optional<std::uint64_t>(0x3f)
                                                 : tcp_flag_number(name);
                if (!bit) {
                    return std::nullopt;
                }
                sum |= *bit;
            }
            return sum;
        };
        const auto mask = bits(next());
        const auto wanted = bits(next());
        if (!mask || !wanted) {
            add_unknown();
            return;
        }
        auto flags = field(What::tcp_flags, model::protocol::tcp.number);
        flags.mask = *mask;
        add(flags, {model::NumberRange{*wanted, *wanted}}, negated);
    }

    void read_target(bool go_to) {
        const std::string target(next());
        static const std::set<std::string> denying{"DROP", "REJECT"};
        static const std::set<std::string> harmless{
            "LOG",      "NFLOG",   "MARK",     "CONNMARK", "TOS",         "DSCP",    "CT",
            "TRACE",    "NOTRACK", "SET",      "TCPMSS",   "CONNSECMARK", "SECMARK", "AUDIT",
            "CLASSIFY", "ULOG",    "CHECKSUM", "TTL",      "HL"};
        if (target == "ACCEPT") {
            rule_.verdict.kind = Kind::accept;
        } else if (denying.contains(target)) {
            rule_.verdict.kind = Kind::deny;
        } else if (target == "RETURN") {
            rule_.verdict.kind = Kind::back;
        } else if (harmless.contains(target)) {
            rule_.verdict.kind = Kind::next;
        } else {
            rule_.verdict = {go_to ? Kind::go_to : Kind::jump, target}; // or a target that is not known here
        }
        at_ = words_.size(); // what follows are the target's own options
    }

    std::vector<std::string> words_;
    model::Family family_;
    std::size_t at_ = 0;
    std::optional<std::uint8_t> protocol_;
    model::FilterRule rule_;
};

/// When a table's chain sees what this host sends (include/uapi/linux/netfilter_ipv4.h); nothing for nat,
/// which changes addresses alone.
std::optional<int> priority_of(std::string_view table) {
    return table == "raw"        ? std::optional(-300)
           : table == "mangle"   ? std::optional(-150)
           : table == "filter"   ? std::optional(0)
           : table == "security" ? std::optional(50)
                                 : std::nullopt;
}

class SavedTables {
  public:
    explicit SavedTables(model::Family family) : family_(family) {}

    void read_line(std::string_view line) {
        ++number_;
        if (line.empty() || line.front() == '#') {
            return;
        }
        if (line.front() == '*') {
            ruleset_.tables.push_back(
                {family_ == model::Family::ipv4 ? "ip" : "ip6", model::ForeignText(line.substr(1)), {}});
        } else if (ruleset_.tables.empty()) {
            throw model::UsageError(
                fmt::format("line {} is not of iptables-save: there is no table yet", number_));
        } else if (line.front() == ':') {
            begin_chain(line.substr(1));
        } else if (line.starts_with("-A ") || line.starts_with('[')) {
            add_rule(line.starts_with('[') ? line.substr(std::min(line.find("-A "), line.size())) : line);
        } else if (line != "COMMIT") {
            throw model::UsageError(fmt::format("line {} is not of iptables-save", number_));
        }
    }

    model::Ruleset take() {
        settle_targets();
        return std::move(ruleset_);
    }

  private:
    void begin_chain(std::string_view line) {
        auto& table = ruleset_.tables.back();
        const auto words = words_of(line);
        if (words.size() < 2) {
            throw model::UsageError(
                fmt::format("line {} is not of iptables-save: a chain without a policy", number_));
        }
        auto& chain = table.chains[words[0]];
        const auto priority = priority_of(table.name.raw_bytes());
        if (priority && (words[0] == "OUTPUT" || words[0] == "POSTROUTING")) {
            chain.base = {*priority, words[0] == "POSTROUTING", words[1] == "DROP"};
        }
    }

    void add_rule(std::string_view line) {
        auto words = words_of(line);
        if (words.size() < 2) {
            throw model::UsageError(
                fmt::format("line {} is not of iptables-save: a rule without a chain", number_));
        }
        auto& table = ruleset_.tables.back();
        auto& chain = table.chains[words[1]];
        words.erase(words.begin(), words.begin() + 2);
        auto rule = RuleLine(std::move(words), family_).read();
        rule.words = model::ForeignText(fmt::format("{} table {}: {}",
                                                    family_ == model::Family::ipv4 ? "iptables" : "ip6tables",
                                                    table.name.raw_bytes(), line));
        chain.rules.push_back(std::move(rule));
    }

    /// A jump to what is no chain of the table's is a target that is not known here.
    void settle_targets() {
        for (auto& table : ruleset_.tables) {
            for (auto& [name, chain] : table.chains) {
                for (auto& rule : chain.rules) {
                    const bool jumps = rule.verdict.kind == Kind::jump || rule.verdict.kind == Kind::go_to;
                    if (jumps && !table.chains.contains(rule.verdict.chain)) {
                        rule.verdict = {Kind::unknown, {}};
                    }
                }
            }
        }
    }

    model::Family family_;
    std::size_t number_ = 0;
    model::Ruleset ruleset_;
};

} // namespace

model::Ruleset parse_iptables_save(std::string_view text, model::Family family) {
    SavedTables tables(family);
    for (const auto line : split(text, '\n')) {
        tables.read_line(line);
    }
    return tables.take();
}

} // namespace fwlearn::firewall
