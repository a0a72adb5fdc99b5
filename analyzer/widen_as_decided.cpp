#include "widen_as_decided.hpp"

#include "admits.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace fwlearn::analyzer {
namespace {

/// Names that are put under domains; the domains' addresses are gathered when all are.
class Domains {
  public:
    explicit Domains(std::vector<model::NamedAddresses>& known) : known_(known) {}

    /// Where the name lies within the domain; others keep theirs.
    void widen(Wish& wish, const model::ForeignText& domain) {
        if (wish.name == Wish::by_address || !is_within_domain(known_[wish.name].name, domain)) {
            return;
        }
        const auto [position, is_new] =
            of_domain_.try_emplace(domain, static_cast<std::uint32_t>(known_.size()));
        if (is_new) {
            known_.push_back({domain, {}, 0, true});
        }
        wish.name = position->second;
    }

    /// A wish that had the name `before` is now one of another's.
    void moved(std::uint32_t before, const Wish& wish) {
        if (wish.name != before && wish.name != Wish::by_address) {
            members_[wish.name].insert(before);
        }
    }

    void finish() {
        for (const auto& [domain, members] : members_) {
            auto& all = known_[domain];
            for (const auto member : members) {
                const auto& mine = known_[member];
                all.addresses.insert(all.addresses.end(), mine.addresses.begin(), mine.addresses.end());
                all.ttl = std::max(all.ttl, mine.ttl);
            }
            std::sort(all.addresses.begin(), all.addresses.end());
            all.addresses.erase(std::unique(all.addresses.begin(), all.addresses.end()), all.addresses.end());
        }
    }

  private:
    std::vector<model::NamedAddresses>& known_;
    std::map<model::ForeignText, std::uint32_t> of_domain_;
    std::map<std::uint32_t, std::set<std::uint32_t>> members_; ///< by domain: the names that are under it
};

/// Both hold where the flow goes to, so that the one lies within the other.
void widen(Wish& wish, const model::Prefix& prefix) {
    const bool is_within = wish.name == Wish::by_address && wish.prefix.length() <= prefix.length();
    wish.name = Wish::by_address;
    wish.prefix = is_within ? wish.prefix : prefix;
}

/// Both hold the flow's port.
void widen(Wish& wish, const model::DetailRange& ports) {
    wish.details = {std::min(wish.details.first, ports.first), std::max(wish.details.last, ports.last)};
}

} // namespace

void widen_as_decided(const model::Record& record, std::span<Wish> wishes,
                      std::vector<model::NamedAddresses>& known, Decided& decided) {
    Domains domains(known);
    for (auto& wish : wishes) {
        const auto before = wish.name;
        for (const auto* decision : decided.widenings_of(record.flows[wish.flow])) {
            if (decision->to_address) {
                widen(wish, *decision->to_address);
            } else if (decision->to_ports) {
                widen(wish, *decision->to_ports);
            } else {
                domains.widen(wish, decision->to_domain);
            }
        }
        domains.moved(before, wish);
    }
    domains.finish();
}

} // namespace fwlearn::analyzer
