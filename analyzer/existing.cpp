#include "analyzer/existing.hpp"

#include "rule_matching.hpp"

#include <algorithm>
#include <unordered_map>

namespace fwlearn::analyzer {
namespace {

using What = model::PacketField::What;
using Kind = model::RuleVerdict::Kind;

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
    RuleMatching matching;

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
            for (const auto& [element, found] : matching.possible_elements(*rule.verdict_map, packet)) {
                possible.push_back(element->verdict);
                truth = std::max(truth, found);
            }
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
            const auto truth = matching.matches(rule, packet);
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
                    state_->matching.index(match);
                }
                if (rule.verdict_map) {
                    state_->matching.index(*rule.verdict_map);
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
