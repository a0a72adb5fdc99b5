#include "widen_as_decided.hpp"

#include "admits.hpp"

#include <algorithm>
#include <map>

namespace fwlearn::analyzer {
namespace {

bool is_wide(const Wish& wish) {
    return !wish.details.is_single() || (wish.name == Wish::by_address && !wish.prefix.is_single());
}

/// Both ends of the range, and the whole prefix or just that name.
bool holds(const Wish& wide, const Wish& other) {
    const bool services =
        wide.details.first <= other.details.first && other.details.last <= wide.details.last;
    if (wide.name != Wish::by_address || other.name != Wish::by_address) {
        return services && wide.name == other.name;
    }
    return services && wide.prefix.length() <= other.prefix.length() &&
           wide.prefix.contains(other.prefix.address());
}

void take_in(std::span<Wish> wishes) {
    std::map<std::tuple<std::uint32_t, model::Prefix, model::DetailRange>, Wish> distinct;
    for (const auto& wish : wishes) {
        if (is_wide(wish)) {
            distinct.try_emplace({wish.name, wish.prefix, wish.details}, wish);
        }
    }
    for (auto& wish : wishes) {
        for (const auto& [key, wide] : distinct) {
            if (holds(wide, wish)) {
                wish.prefix = wide.prefix;
                wish.details = wide.details;
            }
        }
    }
}

class Domains {
  public:
    explicit Domains(std::vector<model::NamedAddresses>& known) : known_(known) {}

    /// Where the names lie within the domain; others keep theirs.
    void widen(Wish& wish, const model::ForeignText& domain) {
        if (wish.name == Wish::by_address || !is_within_domain(known_[wish.name].name, domain)) {
            return;
        }
        const auto [position, is_new] =
            of_domain_.try_emplace(domain, static_cast<std::uint32_t>(known_.size()));
        if (is_new) {
            known_.push_back({domain, {}, 0, true});
        }
        auto& all = known_[position->second];
        const auto& mine = known_[wish.name];
        all.addresses.insert(all.addresses.end(), mine.addresses.begin(), mine.addresses.end());
        all.ttl = std::max(all.ttl, mine.ttl);
        std::sort(all.addresses.begin(), all.addresses.end());
        all.addresses.erase(std::unique(all.addresses.begin(), all.addresses.end()), all.addresses.end());
        wish.name = position->second;
    }

  private:
    std::vector<model::NamedAddresses>& known_;
    std::map<model::ForeignText, std::uint32_t> of_domain_;
};

} // namespace

void widen_as_decided(const model::Record& record, std::span<Wish> wishes,
                      std::vector<model::NamedAddresses>& known, Decided& decided) {
    Domains domains(known);
    bool any = false;
    for (auto& wish : wishes) {
        const auto& flow = record.flows[wish.flow];
        for (const auto* decision : decided.widenings_of(flow)) {
            any = true;
            if (decision->to_address && decision->to_address->contains(flow.key.destination.address)) {
                wish.name = Wish::by_address;
                wish.prefix = *decision->to_address;
            } else if (!decision->to_domain.empty()) {
                domains.widen(wish, decision->to_domain);
            } else if (decision->to_ports &&
                       decision->to_ports->contains(flow.key.destination.service.detail)) {
                wish.details = *decision->to_ports;
            }
        }
    }
    if (any) {
        take_in(wishes);
    }
}

} // namespace fwlearn::analyzer
