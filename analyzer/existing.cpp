#include "analyzer/existing.hpp"

#include <algorithm>
#include <unordered_map>

namespace fwlearn::analyzer {
namespace {

using model::PacketField;
using What = model::PacketField::What;
using Kind = model::RuleVerdict::Kind;

enum class Truth : std::uint8_t { no, maybe, yes };

Truth negate(Truth truth) {
    return truth == Truth::yes ? Truth::no : truth == Truth::no ? Truth::yes : Truth::maybe;
}

constexpr std::uint64_t state_new = 8; // NF_CT_STATE_BIT(IP_CT_NEW)
constexpr std::uint64_t syn = 2;

/// What a packet has of a field: nothing, something that is not known, or a value.
struct Had {
    bool there = false;
    model::FieldValue value; ///< std::monostate: not known
};

Had number(std::uint64_t value) {
    return {true, model::NumberRange{value, value}};
}

Had not_known() {
    return {true, {}};
}

bool is_of(const PacketField& field, const OutgoingPacket& packet) {
    const auto& [service, address] = packet.destination;
    return (field.protocol == 0 || field.protocol == service.protocol.number) &&
           (field.family == 0 || field.family == static_cast<std::uint8_t>(address.family()));
}

Had owner_field(const PacketField& field, const model::SocketOwner& owner) {
    if (owner.kind == model::OwnerKind::kernel) {
        return {};
    }
    if (owner.kind == model::OwnerKind::unknown) {
        return not_known();
    }
    if (field.what == What::gid) {
        return owner.gid == model::no_gid ? not_known() : number(owner.gid);
    }
    return number(owner.uid);
}

Had field_of(const PacketField& field, const OutgoingPacket& packet) {
    const auto& [service, address] = packet.destination;
    if (!is_of(field, packet)) {
        return {};
    }
    switch (field.what) {
    case What::family:
        return number(static_cast<std::uint64_t>(address.family()));
    case What::protocol:
        return number(service.protocol.number);
    case What::uid:
    case What::gid:
        return owner_field(field, packet.owner);
    case What::interface:
        return packet.interface.empty() ? not_known()
                                        : Had{true, model::TextPattern{packet.interface, false}};
    case What::address:
        return {true, model::AddressRange{address, address}};
    case What::port:
        return service.protocol.has_ports() ? number(service.detail) : not_known();
    case What::icmp_type:
        return service.protocol.is_icmp() ? number(service.icmp_type()) : Had{};
    case What::icmp_code:
        return service.protocol.is_icmp() ? number(service.icmp_code()) : Had{};
    case What::tcp_flags:
        return number(syn);
    case What::conntrack_state:
        return number(state_new);
    case What::cgroup:
    case What::unknown:
        break;
    }
    return not_known();
}

/// `wanted` is an element's, `had` the packet's.
Truth compare(const PacketField& field, const model::FieldValue& wanted, const model::FieldValue& had) {
    if (std::holds_alternative<std::monostate>(wanted) || std::holds_alternative<std::monostate>(had) ||
        wanted.index() != had.index()) {
        return Truth::maybe;
    }
    bool matches = false;
    if (const auto* numbers = std::get_if<model::NumberRange>(&wanted)) {
        const auto value = std::get<model::NumberRange>(had).first & field.mask;
        matches = numbers->first <= value && value <= numbers->last;
    } else if (const auto* addresses = std::get_if<model::AddressRange>(&wanted)) {
        const auto& value = std::get<model::AddressRange>(had).first;
        matches = addresses->first.family() == value.family() && addresses->first <= value &&
                  value <= addresses->last;
    } else {
        const auto& pattern = std::get<model::TextPattern>(wanted);
        const auto& value = std::get<model::TextPattern>(had).text.raw_bytes();
        matches = pattern.and_more ? value.starts_with(pattern.text.raw_bytes())
                                   : value == pattern.text.raw_bytes();
    }
    return matches ? Truth::yes : Truth::no;
}

/// The elements of a large set by the place where their range begins; for sets that hold nothing else.
class AddressIndex {
  public:
    explicit AddressIndex(const std::vector<model::MatchElement>& elements) {
        ranges_.reserve(elements.size());
        for (const auto& element : elements) {
            const auto* range = element.values.size() == 1
                                    ? std::get_if<model::AddressRange>(&element.values.front())
                                    : nullptr;
            if (range == nullptr) {
                usable_ = false;
                return;
            }
            ranges_.push_back({range->first, range->last, &element});
        }
        std::sort(ranges_.begin(), ranges_.end(),
                  [](const Entry& one, const Entry& other) { return one.first < other.first; });
        for (std::size_t index = 1; index < ranges_.size(); ++index) {
            usable_ = usable_ && ranges_[index - 1].last < ranges_[index].first;
        }
    }

    /// False where elements overlap or are not all addresses: then they have to be gone through.
    [[nodiscard]] bool usable() const { return usable_; }

    [[nodiscard]] const model::MatchElement* find(const model::Address& address) const {
        const auto above =
            std::upper_bound(ranges_.begin(), ranges_.end(), address,
                             [](const auto& value, const Entry& entry) { return value < entry.first; });
        return above != ranges_.begin() && address <= (above - 1)->last ? (above - 1)->element : nullptr;
    }

  private:
    struct Entry {
        model::Address first;
        model::Address last;
        const model::MatchElement* element;
    };
    std::vector<Entry> ranges_;
    bool usable_ = true;
};

/// What walking through a chain may come to.
struct Outcomes {
    bool accepts = false;
    bool denies = false;
    bool unknown = false;
    bool returns = false; ///< the end, or a return
    const model::FilterRule* denied_by = nullptr;

    void take_final(const Outcomes& other) {
        accepts = accepts || other.accepts;
        denies = denies || other.denies;
        unknown = unknown || other.unknown;
        denied_by = denied_by != nullptr ? denied_by : other.denied_by;
    }
};

} // namespace

struct ExistingFirewall::State {
    struct BaseChain {
        const model::FilterTable* table;
        const std::string* name;
        const model::FilterChain* chain;
    };
    std::vector<BaseChain> base_chains; ///< in the order in which the kernel enters them
    std::unordered_map<const void*, AddressIndex> indexes;

    void index(const model::PacketMatch& match) {
        constexpr std::size_t large = 32;
        if (match.fields.size() == 1 && match.fields.front().what == What::address &&
            match.elements->size() > large) {
            indexes.try_emplace(match.elements.get(), *match.elements);
        }
    }

    /// The elements that match, or may; the first that surely does ends the search.
    template <typename Use>
    void for_each_match(const model::PacketMatch& match, const OutgoingPacket& packet, const Use& use) const {
        std::vector<Had> had;
        had.reserve(match.fields.size());
        for (const auto& field : match.fields) {
            had.push_back(field_of(field, packet));
            if (!had.back().there) {
                return;
            }
        }
        if (const auto index = indexes.find(match.elements.get());
            index != indexes.end() && index->second.usable()) {
            const auto* address = std::get_if<model::AddressRange>(&had.front().value);
            const auto* found = address != nullptr ? index->second.find(address->first) : nullptr;
            if (found != nullptr) {
                use(*found, Truth::yes);
            }
            return;
        }
        for (const auto& element : *match.elements) {
            auto truth = Truth::yes;
            for (std::size_t field = 0; field < had.size() && truth != Truth::no; ++field) {
                const auto value =
                    field < element.values.size() ? element.values[field] : model::FieldValue();
                truth = std::min(truth, compare(match.fields[field], value, had[field].value));
            }
            if (truth != Truth::no) {
                use(element, truth);
            }
            if (truth == Truth::yes) {
                return;
            }
        }
    }

    [[nodiscard]] Truth matches(const model::PacketMatch& match, const OutgoingPacket& packet) const {
        for (const auto& field : match.fields) {
            if (field.what == What::unknown) {
                return Truth::maybe;
            }
            if (!field_of(field, packet).there) {
                return match.absent_matches ? Truth::yes : Truth::no;
            }
        }
        auto truth = Truth::no;
        for_each_match(match, packet, [&truth](const auto&, Truth found) { truth = std::max(truth, found); });
        return match.negated ? negate(truth) : truth;
    }

    [[nodiscard]] Truth matches(const model::FilterRule& rule, const OutgoingPacket& packet) const {
        auto truth = Truth::yes;
        for (const auto& match : rule.matches) {
            truth = std::min(truth, matches(match, packet));
            if (truth == Truth::no) {
                break;
            }
        }
        return truth;
    }

    /// What the rule may say to a packet that it matches.
    [[nodiscard]] std::vector<model::RuleVerdict> verdicts(const model::FilterRule& rule,
                                                           const OutgoingPacket& packet) const {
        if (!rule.verdict_map) {
            return {rule.verdict};
        }
        std::vector<model::RuleVerdict> possible;
        auto truth = Truth::no;
        if (std::any_of(rule.verdict_map->fields.begin(), rule.verdict_map->fields.end(),
                        [](const auto& field) { return field.what == What::unknown; })) {
            possible.push_back({Kind::unknown, {}});
        } else {
            for_each_match(*rule.verdict_map, packet, [&](const auto& element, Truth found) {
                possible.push_back(element.verdict);
                truth = std::max(truth, found);
            });
        }
        if (truth != Truth::yes) {
            possible.push_back({Kind::next, {}});
        }
        return possible;
    }

    static constexpr int deepest = 16; // NFT_JUMP_STACK_SIZE, include/net/netfilter/nf_tables.h

    /// What walking through chains came to for this packet: each is walked once, however many rules lead
    /// there.
    struct Walked {
        std::unordered_map<const model::FilterChain*, Outcomes> chains;
        int depth = 0;
    };

    /// Adds what the verdict may come to; true when the next rule may be asked.
    bool follow(const model::RuleVerdict& verdict, const model::FilterRule& rule,
                const model::FilterTable& table, const OutgoingPacket& packet, Walked& walked,
                Outcomes& outcomes) const {
        switch (verdict.kind) {
        case Kind::next:
            return true;
        case Kind::accept:
            outcomes.accepts = true;
            return false;
        case Kind::deny:
            outcomes.denies = true;
            outcomes.denied_by = outcomes.denied_by != nullptr ? outcomes.denied_by : &rule;
            return false;
        case Kind::back:
            outcomes.returns = true;
            return false;
        case Kind::unknown:
            outcomes.unknown = true;
            return false;
        case Kind::jump:
        case Kind::go_to:
            break;
        }
        const auto target = table.chains.find(verdict.chain);
        if (target == table.chains.end() || walked.depth >= deepest) {
            outcomes.unknown = true;
            return false;
        }
        Outcomes in_a_circle; // which the kernel refuses to load
        in_a_circle.unknown = true;
        const auto [known, first] = walked.chains.try_emplace(&target->second, in_a_circle);
        auto there = known->second;
        if (first) {
            ++walked.depth;
            there = walk(target->second, table, packet, walked);
            --walked.depth;
            walked.chains[&target->second] = there;
        }
        outcomes.take_final(there);
        if (verdict.kind == Kind::go_to) {
            outcomes.returns = outcomes.returns || there.returns;
            return false;
        }
        return there.returns;
    }

    [[nodiscard]] Outcomes walk(const model::FilterChain& chain, const model::FilterTable& table,
                                const OutgoingPacket& packet, Walked& walked) const {
        Outcomes outcomes;
        for (const auto& rule : chain.rules) {
            const auto truth = matches(rule, packet);
            if (truth == Truth::no) {
                continue;
            }
            bool goes_on = truth == Truth::maybe;
            for (const auto& verdict : verdicts(rule, packet)) {
                goes_on |= follow(verdict, rule, table, packet, walked, outcomes);
            }
            if (!goes_on) {
                return outcomes;
            }
        }
        outcomes.returns = true;
        return outcomes;
    }
};

ExistingFirewall::ExistingFirewall(const model::Ruleset& ruleset) : state_(std::make_unique<State>()) {
    for (const auto& table : ruleset.tables) {
        for (const auto& [name, chain] : table.chains) {
            if (chain.base) {
                state_->base_chains.push_back({&table, &name, &chain});
            }
            for (const auto& rule : chain.rules) {
                for (const auto& match : rule.matches) {
                    state_->index(match);
                }
                if (rule.verdict_map) {
                    state_->index(*rule.verdict_map);
                }
            }
        }
    }
    std::stable_sort(state_->base_chains.begin(), state_->base_chains.end(),
                     [](const auto& one, const auto& other) {
                         return std::pair(one.chain->base->postrouting, one.chain->base->priority) <
                                std::pair(other.chain->base->postrouting, other.chain->base->priority);
                     });
}

ExistingFirewall::~ExistingFirewall() = default;

Judgement ExistingFirewall::judge(const OutgoingPacket& packet) const {
    Judgement judgement;
    const bool ipv4 = packet.destination.address.family() == model::Family::ipv4;
    for (const auto& [table, name, chain] : state_->base_chains) {
        if (table->family == (ipv4 ? "ip6" : "ip")) {
            continue;
        }
        State::Walked walked;
        auto outcomes = state_->walk(*chain, *table, packet, walked);
        const bool by_policy = outcomes.returns && chain->base->denies;
        outcomes.accepts = outcomes.accepts || (outcomes.returns && !by_policy);
        outcomes.denies = outcomes.denies || by_policy;
        if (outcomes.denies && !outcomes.accepts && !outcomes.unknown) {
            judgement.fate = Fate::denied;
            judgement.by = outcomes.denied_by != nullptr
                               ? outcomes.denied_by->words
                               : model::ForeignText("table " + table->family + " " + table->name.raw_bytes() +
                                                    ", chain " + *name + ", its policy");
            return judgement;
        }
        if (outcomes.denies || outcomes.unknown) {
            judgement.fate = Fate::cannot_tell;
        }
    }
    return judgement;
}

} // namespace fwlearn::analyzer
