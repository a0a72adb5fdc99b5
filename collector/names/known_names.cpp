#include "known_names.hpp"

#include <model/mixed.hpp>

#include <algorithm>

namespace fwlearn::collector::names {
namespace {

using namespace std::chrono_literals;

/// Beyond the TTL: a process may keep what it has once resolved for as long as it likes, and many do for
/// hours. Of what somebody else asked less is believed.
constexpr auto own_grace = 24h;
constexpr auto shared_grace = 1h;
/// Names that are kept for one address of one party.
constexpr std::size_t most_names = 16;

model::BindingSource source_of(Reach reach) {
    return reach == Reach::process ? model::BindingSource::dns_process : model::BindingSource::dns_host;
}

} // namespace

std::size_t KnownNames::KeyHash::operator()(const Key& key) const noexcept {
    const auto party = model::mixed(key.party, static_cast<std::uint64_t>(key.reach) << 62U);
    return static_cast<std::size_t>(model::mixed(party, std::hash<model::Address>{}(key.address)));
}

std::array<std::optional<KnownNames::Key>, 3> KnownNames::keys_of(const Party& who,
                                                                  const model::Address& address) {
    std::array<std::optional<Key>, 3> keys;
    if (who.actor != 0) {
        keys[0] = Key{Reach::process, who.actor, address};
    }
    if (who.owner.kind == model::OwnerKind::user) {
        keys[1] = Key{Reach::user, who.owner.uid, address};
    }
    keys[2] = Key{Reach::host, 0, address};
    return keys;
}

void KnownNames::turn(Shelf& shelf, const Now& now) {
    forgotten_ += shelf.old.size();
    shelf.old = std::exchange(shelf.young, {});
    shelf.begun = now.steady;
}

KnownNames::Shelf& KnownNames::shelf_for(const Key& key, std::uint64_t owner, const Now& now) {
    if (first_.young.contains(key)) {
        return first_;
    }
    const auto turn_first = [&] {
        turn(first_, now);
        first_ones_.clear();
        first_ones_.take(owner);
    };
    if (first_ones_.take(owner)) {
        if (first_.young.size() >= generation_) {
            turn_first();
        }
        return first_;
    }
    // Whoever has lived for long has learned much, and that is old by now.
    if (now.steady - first_.begun > own_grace) {
        turn_first();
        return first_;
    }
    if (more_.young.size() >= generation_ && !more_.young.contains(key)) {
        turn(more_, now);
    }
    return more_;
}

void KnownNames::hold(const Key& key, const Held& held, std::uint64_t owner, const Now& now) {
    auto& names = shelf_for(key, owner, now).young[key];
    const auto same = std::find_if(names.begin(), names.end(),
                                   [&held](const Held& other) { return other.name == held.name; });
    if (same != names.end()) {
        names.erase(same);
    } else if (names.size() >= most_names) {
        names.erase(names.begin());
    }
    names.push_back(held);
}

void KnownNames::learn(const Party& who, Reach reach, const Resolved& answer, const Now& now) {
    for (const auto& address : answer.addresses) {
        for (const auto& key : keys_of(who, address)) {
            if (key && key->reach <= reach) {
                const auto grace = key->reach == Reach::process ? own_grace : shared_grace;
                hold(*key,
                     {answer.name, now.steady, now.steady + std::chrono::seconds(answer.ttl) + grace,
                      who.actor == 0},
                     share_of(who.owner), now);
            }
        }
    }
}

bool KnownNames::empty() const {
    return first_.young.empty() && first_.old.empty() && more_.young.empty() && more_.old.empty();
}

/// In the order in which they were answered.
std::vector<KnownNames::Held> KnownNames::living(const Key& key, const Now& now) const {
    std::vector<Held> names;
    for (const auto* generation : {&first_.young, &first_.old, &more_.young, &more_.old}) {
        if (generation->empty()) {
            continue;
        }
        const auto found = generation->find(key);
        if (found == generation->end()) {
            continue;
        }
        for (const auto& held : found->second) {
            if (held.until < now.steady) {
                continue;
            }
            const auto same = std::find_if(names.begin(), names.end(),
                                           [&held](const Held& other) { return other.name == held.name; });
            if (same == names.end()) {
                names.push_back(held);
            } else if (same->answered < held.answered) {
                *same = held;
            }
        }
    }
    std::stable_sort(names.begin(), names.end(),
                     [](const Held& one, const Held& other) { return one.answered < other.answered; });
    return names;
}

bool KnownNames::unknown_asked_after(const Held& own, const Party& who, const model::Address& address,
                                     const Now& now) const {
    const auto key = keys_of(who, address)[1];
    if (!key) {
        return false;
    }
    const auto names = living(*key, now);
    return std::any_of(names.begin(), names.end(), [&own](const Held& held) {
        return held.asked_by_unknown && held.answered >= own.answered && held.name != own.name;
    });
}

std::optional<KnownNames::Found> KnownNames::find(const Party& who, const model::Address& address,
                                                  const Now& now) const {
    if (empty()) {
        return std::nullopt; // on a server that asks no name server, for each flow
    }
    for (const auto& key : keys_of(who, address)) {
        if (!key) {
            continue;
        }
        const auto names = living(*key, now);
        if (names.empty()) {
            continue;
        }
        if (key->reach != Reach::process && names.size() > 1) {
            return std::nullopt; // which of them was meant cannot be told
        }
        if (key->reach == Reach::process && unknown_asked_after(names.back(), who, address, now)) {
            return std::nullopt;
        }
        return Found{names.back().name, source_of(key->reach), names.size() == 1};
    }
    return std::nullopt;
}

std::optional<model::BindingSource> KnownNames::knows(const Party& who, const model::Address& address,
                                                      const std::string& name, const Now& now) const {
    for (const auto& key : keys_of(who, address)) {
        if (!key) {
            continue;
        }
        const auto names = living(*key, now);
        if (std::any_of(names.begin(), names.end(),
                        [&name](const Held& held) { return held.name == name; })) {
            return source_of(key->reach);
        }
    }
    return std::nullopt;
}

} // namespace fwlearn::collector::names
