#include "nearest_rule.hpp"

#include "admits.hpp"
#include "wildcards.hpp"

namespace fwlearn::analyzer {
namespace {

/// A name's are many on a CDN, and rules that have one of them mostly have the others.
constexpr std::size_t most_addresses = 16;

/// What a site is given and divides by itself: a /24 is the least that is routed between networks, a /64 is
/// one link (RFC 4291, 2.5.4).
model::Prefix neighbourhood(const model::Address& address) {
    return {address, address.family() == model::Family::ipv4 ? 24U : 64U};
}

const char* word(model::SelectorKind kind) {
    switch (kind) {
    case model::SelectorKind::uid:
        return "user";
    case model::SelectorKind::unit:
        return "unit";
    case model::SelectorKind::any:
    case model::SelectorKind::kernel:
        break;
    }
    return "sender";
}

} // namespace

bool NearestRule::selects(std::uint32_t rule, const model::FlowKey& key) const {
    return selector_of(rules_[rule], key, identities_) != nullptr;
}

bool NearestRule::takes_but_for_place(std::uint32_t rule, const model::FlowKey& key) const {
    return has_service(rules_[rule], key.destination.service) && selects(rule, key);
}

NearestRule::Candidate NearestRule::at_same_place(std::uint32_t rule, const model::FlowKey& key, Place place,
                                                  bool proven) const {
    const auto& service = key.destination.service;
    const bool same_service = has_service(rules_[rule], service);
    Candidate candidate{Distance::sender_and_service, place, rule};
    if (!selects(rule, key)) {
        candidate.distance = same_service ? Distance::sender : Distance::sender_and_service;
    } else if (same_service) {
        candidate.distance = proven ? Distance::none : Distance::unproven_name;
    } else {
        candidate.distance = rules_[rule].protocol == service.protocol ? Distance::port : Distance::protocol;
    }
    return candidate;
}

std::optional<std::uint32_t> NearestRule::of_same_domain(const model::FlowKey& key,
                                                         const model::ForeignText& name) {
    if (!domains_) {
        auto& domains = domains_.emplace();
        for (std::uint32_t rule = 0; rule < rules_.size(); ++rule) {
            for (const auto& known : rules_[rule].by_name) {
                if (const auto domain = registrable_domain(known.name); !domain.empty()) {
                    auto& of_domain = domains[domain];
                    if (of_domain.empty() || of_domain.back() != rule) {
                        of_domain.push_back(rule);
                    }
                }
            }
        }
    }
    const auto domain = name.empty() || domains_->empty() ? std::string() : registrable_domain(name);
    const auto of_domain = domain.empty() ? domains_->end() : domains_->find(domain);
    if (of_domain == domains_->end()) {
        return std::nullopt;
    }
    const auto found = std::find_if(of_domain->second.begin(), of_domain->second.end(),
                                    [&](std::uint32_t rule) { return takes_but_for_place(rule, key); });
    return found == of_domain->second.end() ? std::nullopt : std::optional(*found);
}

std::optional<std::uint32_t> NearestRule::nearby(const model::FlowKey& key,
                                                 const model::Address& address) const {
    std::optional<std::uint32_t> found;
    places_.any_within(neighbourhood(address), [&](std::uint32_t rule) {
        if (takes_but_for_place(rule, key)) {
            found = rule;
        }
        return found.has_value();
    });
    return found;
}

std::optional<std::uint32_t> NearestRule::elsewhere(const model::FlowKey& key) {
    const auto maker = key.creator != model::ProcessId::unknown ? key.creator : key.process;
    const auto [asked, is_new] = elsewhere_.try_emplace({key.owner, maker, key.destination.service});
    for (std::uint32_t rule = 0; is_new && rule < rules_.size() && !asked->second; ++rule) {
        if (takes_but_for_place(rule, key)) {
            asked->second = rule;
        }
    }
    return asked->second;
}

std::string NearestRule::words(const Candidate& candidate, const model::FlowKey& key) const {
    const auto& rule = rules_[candidate.rule];
    const auto* mine = selector_of(rule, key, identities_);
    const std::string sender = word(mine == nullptr ? rule.selectors.front().kind : mine->kind);
    const std::string place = candidate.place == Place::name ? "name" : "address";
    switch (candidate.distance) {
    case Distance::none:
        return "the rule admits it: it came before the rule was loaded, or while its sets did not hold this";
    case Distance::unproven_name:
        return "same name, " + sender + " and service, but only the client says the name: no answer does";
    case Distance::port:
        return "same " + place + ", other " + (rule.protocol.is_icmp() ? "type" : "port");
    case Distance::protocol:
        return "same " + place + ", other protocol";
    case Distance::sender:
        return "same " + place + " and service, other " + sender;
    case Distance::name_of_domain:
        return "same " + sender + " and service, other name of the same domain";
    case Distance::address_nearby:
        return "same " + sender + " and service, other address in the same /" +
               std::to_string(neighbourhood(key.destination.address).length());
    case Distance::sender_and_service:
        return "same " + place + ", other " + sender + " and other service";
    case Distance::destination:
        return "same " + sender + " and service, other destination";
    case Distance::far:
        break;
    }
    return {};
}

Nearest NearestRule::to(const model::FlowKey& key, std::span<const model::Address> addresses,
                        const model::ForeignText& name, bool proven) {
    if (key.overflow) {
        return {nullptr, "many destinations folded into one: no rule can tell them apart"};
    }
    Candidate best;
    const auto consider = [&](const Candidate& candidate) {
        best = std::min(best, candidate);
        return best.distance == Distance::none;
    };
    const auto if_found = [&](Distance distance, std::optional<std::uint32_t> rule) {
        if (rule && distance < best.distance) {
            best = {distance, Place::address, *rule};
        }
    };
    places_.any_named(
        name, [&](std::uint32_t rule) { return consider(at_same_place(rule, key, Place::name, proven)); });
    addresses = addresses.first(std::min(addresses.size(), most_addresses));
    for (const auto& address : addresses) {
        places_.any_at(address, [&](std::uint32_t rule) {
            return consider(at_same_place(rule, key, Place::address, true));
        });
    }
    if (best.distance > Distance::name_of_domain) {
        if_found(Distance::name_of_domain, of_same_domain(key, name));
    }
    for (const auto& address : addresses) {
        if (best.distance > Distance::address_nearby) {
            if_found(Distance::address_nearby, nearby(key, address));
        }
    }
    if (best.distance > Distance::destination) {
        if_found(Distance::destination, elsewhere(key));
    }
    if (best.distance == Distance::far) {
        return {nullptr, key.owner.kind == model::OwnerKind::unknown
                             ? "no rule is for any user, and who sent it was not recorded"
                             : "no rule has its destination, and none its sender with this service"};
    }
    return {&rules_[best.rule], words(best, key)};
}

} // namespace fwlearn::analyzer
