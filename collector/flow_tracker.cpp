#include "collector/flow_tracker.hpp"

#include "collector/denied_flows.hpp"
#include "living_flows.hpp"
#include "passing_flows.hpp"

#include <algorithm>
#include <deque>
#include <utility>

namespace fwlearn::collector {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

/// How long one side of the join waits for the other. Above the longest time for which the kernel keeps log
/// messages back to send them together (the observer asks for 100 ms).
constexpr auto join_wait = 3s;
/// For longer no log message is on its way when its socket has been read empty.
constexpr auto log_delay = 500ms;
/// A log message this late after the end of its flow is a new flow's, not a delayed one of the old.
constexpr auto stale_after = 1s;
/// A flow that has ended and was counted is remembered for its last repetitions: until they would be stale,
/// and for as long as a log message may wait for its sender.
constexpr auto remembered_for = 2s;
/// A flow that conntrack never confirmed was stopped on this host. Its repetitions are over by then: TCP
/// retransmits a SYN for 127 s (net.ipv4.tcp_syn_retries = 6, tcp(7)), and the longest pause is 64 s.
constexpr auto unconfirmed_for = 130s;
/// What had expired before the collector began is not listed in the first dump, but ends during that or the
/// next one, which collect it (ctnetlink_dump_table()): an end of which nothing is known may be its until
/// then.
constexpr std::uint32_t dumps_with_old = 2;
/// Of what a whitelist denies: so many tuples are remembered for their repetitions.
constexpr std::size_t denied_capacity = 1U << 15U;

using Entry = LivingFlow;
using Pending = PendingOfFlow;
using Rare = RareOfFlow;

Rare& rare_of(Entry& entry) {
    if (!entry.rare) {
        entry.rare = std::make_unique<Rare>();
    }
    return *entry.rare;
}

struct Deadline {
    steady_clock::time_point at;
    Tuple tuple;
};

} // namespace

model::FlowKey flow_key(const Sender& sender, const Tuple& tuple) {
    model::FlowKey key;
    key.owner = sender.owner;
    key.process = sender.process;
    key.creator = sender.creator;
    key.task = sender.task;
    key.attribution = sender.attribution;
    key.interface = sender.interface;
    key.name = sender.name;
    key.name_source = sender.name_source;
    key.verdict = sender.verdict;
    key.destination = tuple.destination;
    return key;
}

struct FlowTracker::State {
    explicit State(std::size_t most) : living(most), denied(std::min(most, denied_capacity)) {}

    LivingFlows living;
    PassingFlows passing;
    std::deque<Deadline> joins; ///< each join_wait after it was put in, so in order
    std::deque<Deadline> ended; ///< each remembered_for after its end, so in order
    DeniedFlows denied;
    std::vector<model::FlowDelta> found, taken;
    std::uint64_t overlooked = 0;
    std::uint64_t at_once = 0;
    std::uint32_t dump = 0;
    bool closing = false;                                ///< nothing is logged any more
    std::optional<steady_clock::time_point> lost_events; ///< the last time that ends were lost
    Now now{};

    /// Nothing where there is no room for one more of this share.
    Entry* make(const Tuple& tuple, std::uint64_t share) {
        Entry* const entry = living.add(tuple, share);
        if (entry != nullptr) {
            begin(*entry);
        }
        return entry;
    }

    /// Of what nobody has logged. What was counted at once has had its turn.
    Entry* create(const Tuple& tuple) {
        if (passing.contains(tuple)) {
            return nullptr;
        }
        return make(tuple, nobody);
    }

    /// There is no room to follow it: it counts, and how it ends is not seen.
    void count_at_once(const Tuple& tuple, const Sender& sender) {
        if (passing.add(tuple)) {
            ++at_once;
            count_one(tuple, sender);
        }
    }

    void count_one(const Tuple& tuple, const Sender& sender) {
        model::FlowDelta delta{flow_key(sender, tuple), model::hour_of(now.wall), {}};
        delta.counts.count = 1;
        delta.counts.first_seen = delta.counts.last_seen = now.wall;
        found.push_back(delta);
    }

    void begin(Entry& entry) const {
        const auto share = entry.share;
        entry = Entry{};
        entry.share = share;
        entry.began = now.wall;
        entry.dump = dump;
        entry.old = dump == 0; // unless a log message comes
    }

    void await_join(const Tuple& tuple) { joins.push_back({now.steady + join_wait, tuple}); }

    void hand_out(const Tuple& tuple, Entry& entry) {
        if (!entry.counted) {
            return;
        }
        const Sender& sender = entry.sender;
        const Pending pending = std::exchange(entry.pending, {});
        model::FlowDelta delta{flow_key(sender, tuple), model::hour_of(entry.began), {}};
        delta.counts.count = pending.counted ? 1 : 0;
        delta.counts.answered = pending.answered ? 1 : 0;
        delta.counts.refused = pending.refused ? 1 : 0;
        delta.counts.unanswered = pending.unanswered ? 1 : 0;
        delta.counts.already_open = pending.already_open ? 1 : 0;
        delta.counts.packets_out = pending.packets_out;
        delta.counts.bytes_out = pending.bytes_out;
        delta.counts.packets_in = pending.packets_in;
        delta.counts.bytes_in = pending.bytes_in;
        delta.counts.first_seen = entry.began;
        delta.counts.last_seen = std::max(entry.began, now.wall);
        found.push_back(delta);
    }

    void count(const Tuple& tuple, Entry& entry, bool already_open) {
        entry.counted = true;
        entry.pending.counted = true;
        entry.pending.already_open = already_open;
        hand_out(tuple, entry);
    }

    void identify(const Tuple& tuple, Entry& entry, const Sender& sender) {
        // It was let in on another share where conntrack was heard first. Whoever has none left keeps that:
        // the flow is here, and each takes one place in all.
        living.give_to(share_of(sender.owner), entry);
        entry.sender = sender;
        entry.last_logged = now.steady;
        count(tuple, entry, false);
    }

    /// Whether this user is somebody else than those who were counted for the tuple. Not a packet without a
    /// user: that is what a closed socket's retransmission looks like.
    static bool is_another_user(const Entry& entry, const Sender& sender) {
        const auto counted = [&entry](std::uint32_t uid) {
            return entry.rare && std::find(entry.rare->other_users.begin(), entry.rare->other_users.end(),
                                           uid) != entry.rare->other_users.end();
        };
        return sender.owner.kind == model::OwnerKind::user &&
               (entry.sender.owner.kind != model::OwnerKind::user ||
                entry.sender.owner.uid != sender.owner.uid) &&
               !counted(sender.owner.uid);
    }

    /// Two users share a tuple when the protocol has no ports, or when one gets the port that the other just
    /// left. For conntrack that is one flow; for a firewall that asks for the user it is two.
    void count_for_another(const Tuple& tuple, Entry& entry, const Sender& sender) {
        auto& rare = rare_of(entry);
        rare.other_users.push_back(sender.owner.uid);
        rare.again = sender;
        entry.logged_again = entry.again_counted = true;
        count_one(tuple, sender);
    }

    /// The kernel's number is not the one that is known: the tuple was used again, and either how the former
    /// flow ended was told, or the word of it was lost.
    static bool is_of_another(const Entry& entry, const ConntrackEntry& seen) {
        return entry.born && entry.id != 0 && entry.id != seen.id;
    }

    /// What was logged about when it ended may have been the first packet of another flow with its tuple:
    /// that one's end, or the next dump, tells.
    static bool may_live_again(const Entry& entry) {
        return entry.logged_again && !entry.again_counted && entry.died - entry.last_logged < join_wait;
    }

    void forget_ended(const Tuple& tuple, const Entry& entry) {
        if (entry.dead && entry.counted && now.steady - entry.died >= remembered_for &&
            !may_live_again(entry)) {
            living.remove(tuple);
        }
    }

    /// Of those that are due `until` then, some dozens at a time. `look` puts in no other.
    template <typename Look>
    void for_each_due(std::deque<Deadline>& waiting, steady_clock::time_point until, const Look& look) const {
        constexpr std::ptrdiff_t together = 64;
        while (!waiting.empty() && waiting.front().at <= until) {
            const auto begin = waiting.begin();
            auto end = begin;
            for (; end != waiting.end() && end - begin < together && end->at <= until; ++end) {
                living.fetch(end->tuple);
            }
            std::for_each(begin, end, [&look](const Deadline& due) { look(due.tuple); });
            waiting.erase(begin, end);
        }
    }

    /// Of one that a dump did not have.
    [[nodiscard]] bool is_over(const Entry& entry) const {
        if (entry.ignored || !entry.counted) {
            return false;
        }
        if (entry.dead) {
            return now.steady - entry.died >= join_wait;
        }
        // Never confirmed: it was stopped on this host, and its repetitions are over.
        if (!entry.born) {
            return now.steady - entry.last_logged >= unconfirmed_for;
        }
        // An `old` entry without an id is a connection that conntrack never saw: it was idle until then.
        return entry.id != 0;
    }

    /// Takes over what conntrack has counted; true when that changed anything.
    static bool take_counters(Entry& entry, const ConntrackEntry& seen) {
        const auto grow = [](std::uint64_t& so_far, std::uint64_t total, std::uint64_t& pending) {
            if (total <= so_far) {
                return false;
            }
            pending += total - so_far;
            so_far = total;
            return true;
        };
        bool changed = grow(entry.packets_out, seen.packets_out, entry.pending.packets_out);
        changed |= grow(entry.bytes_out, seen.bytes_out, entry.pending.bytes_out);
        changed |= grow(entry.packets_in, seen.packets_in, entry.pending.packets_in);
        changed |= grow(entry.bytes_in, seen.bytes_in, entry.pending.bytes_in);
        if (seen.seen_reply && !entry.outcome_known) {
            entry.outcome_known = true;
            entry.pending.answered = true;
            changed = true;
        }
        return changed;
    }

    void die(const Tuple& tuple, Entry& entry, const ConntrackEntry& seen) {
        take_counters(entry, seen);
        if (!entry.outcome_known) {
            entry.outcome_known = true;
            (seen.tcp_closed ? entry.pending.refused : entry.pending.unanswered) = true;
        }
        entry.dead = true;
        entry.died = now.steady;
        hand_out(tuple, entry);
        if (entry.counted) {
            ended.push_back({now.steady + remembered_for, tuple});
        } else {
            await_join(tuple);
        }
    }

    /// The tuple is used anew: a flow of its own, whose first log message may have come already.
    void begin_again(const Tuple& tuple, Entry& entry, std::uint32_t id) {
        const bool logged = entry.logged_again;
        const bool already_counted = entry.again_counted;
        const Sender sender = entry.rare ? entry.rare->again : Sender();
        begin(entry);
        entry.born = true;
        entry.id = id;
        if (already_counted) {
            entry.counted = true;
            entry.sender = sender;
        } else if (logged) {
            identify(tuple, entry, sender);
        } else {
            await_join(tuple);
        }
    }
};

FlowTracker::FlowTracker(std::size_t capacity) : state_(std::make_unique<State>(capacity)) {}

FlowTracker::~FlowTracker() = default;

void FlowTracker::expect(const Tuple& tuple) const {
    state_->living.fetch(tuple);
}

void FlowTracker::logged(const Tuple& tuple, const Sender& sender, const Now& now) {
    state_->now = now;
    if (sender.verdict == model::FlowVerdict::denied) {
        state_->found.push_back(state_->denied.denied(tuple, sender, now));
        return;
    }
    Entry* entry = state_->living.find(tuple);
    if (entry == nullptr) {
        entry = state_->make(tuple, share_of(sender.owner));
        if (entry == nullptr) {
            state_->count_at_once(tuple, sender);
            return;
        }
        state_->identify(tuple, *entry, sender);
        return;
    }
    if (entry->ignored) {
        return;
    }
    if (!entry->counted) {
        state_->identify(tuple, *entry, sender);
        return;
    }
    const bool another_user = State::is_another_user(*entry, sender);
    if (entry->dead && (another_user || now.steady - entry->died > stale_after)) {
        state_->begin(*entry);
        state_->identify(tuple, *entry, sender);
        return;
    }
    entry->last_logged = now.steady;
    if (another_user) {
        state_->count_for_another(tuple, *entry, sender);
        return;
    }
    if (!entry->again_counted) {
        entry->logged_again = true;
        rare_of(*entry).again = sender;
    }
    if (!entry->dead) {
        state_->hand_out(tuple, *entry); // a repetition: last seen now
    }
}

void FlowTracker::unreachable(const Tuple& tuple, const Now& now) {
    state_->now = now;
    Entry* entry = state_->living.find(tuple);
    if (entry == nullptr || entry->ignored || entry->outcome_known) {
        return;
    }
    const auto denied = state_->denied.last(tuple);
    if (denied && *denied >= entry->last_logged) {
        return; // it is what the whitelist's own reject says, of a later packet
    }
    entry->outcome_known = true;
    entry->pending.refused = true;
    state_->hand_out(tuple, *entry);
}

void FlowTracker::closed(const ConntrackEntry& seen, bool from_here, const Now& now) {
    state_->now = now;
    Entry* entry = state_->living.find(seen.tuple);
    if (entry == nullptr) {
        if (state_->passing.remove(seen.tuple)) {
            return; // the next one with this tuple is another flow
        }
        const bool is_flow = from_here && !state_->closing;
        entry = is_flow ? state_->create(seen.tuple) : nullptr;
        if (entry == nullptr) {
            state_->overlooked += is_flow ? 1 : 0;
            return;
        }
        entry->old = state_->dump <= dumps_with_old;
    }
    if (entry->ignored) {
        state_->living.remove(seen.tuple);
        return;
    }
    if (State::is_of_another(*entry, seen)) {
        if (state_->closing && !entry->logged_again) {
            return; // a later flow with the same tuple, of which nothing was logged any more
        }
        state_->begin_again(seen.tuple, *entry, seen.id);
    } else if (entry->dead) {
        return;
    }
    entry->born = true;
    entry->id = seen.id;
    state_->die(seen.tuple, *entry, seen);
}

void FlowTracker::lost_events(const Now& now) {
    state_->lost_events = now.steady;
}

void FlowTracker::already_open(const Tuple& tuple, const Sender& sender, const Now& now) {
    state_->now = now;
    if (state_->living.find(tuple) != nullptr) {
        return;
    }
    Entry* entry = state_->make(tuple, share_of(sender.owner));
    state_->overlooked += entry == nullptr ? 1 : 0;
    if (entry != nullptr) {
        entry->old = true;
        entry->born = true;
        entry->sender = sender;
        state_->count(tuple, *entry, true);
    }
}

void FlowTracker::already_open_inbound(const Tuple& tuple) {
    if (Entry* entry = state_->living.find(tuple) == nullptr ? state_->create(tuple) : nullptr) {
        entry->ignored = true;
    }
}

void FlowTracker::no_more_logs() {
    state_->closing = true;
}

void FlowTracker::begin_dump(const Now& now) {
    state_->now = now;
    ++state_->dump;
}

void FlowTracker::dumped(const ConntrackEntry& seen, const Now& now) {
    state_->now = now;
    const bool first_dump = state_->dump == 1;
    Entry* entry = state_->living.find(seen.tuple);
    if (entry == nullptr) {
        entry = state_->closing ? nullptr : state_->create(seen.tuple);
        if (entry == nullptr) {
            return;
        }
        entry->born = true;
        entry->old = first_dump;
        entry->ignored = first_dump && seen.tcp_ending;
        state_->await_join(seen.tuple);
    }
    if (entry->ignored) {
        return;
    }
    const bool another = State::is_of_another(*entry, seen);
    if (another && state_->closing && !entry->logged_again) {
        return;
    }
    if (another) {
        state_->begin_again(seen.tuple, *entry, seen.id);
    } else if (entry->dead) {
        return; // its end is told before it leaves the table (nf_ct_delete())
    } else if (!entry->born) {
        entry->logged_again = entry->again_counted = false; // repetitions of its first packet
    }
    entry->born = true;
    entry->id = seen.id;
    entry->dump = state_->dump;
    if (State::take_counters(*entry, seen)) {
        state_->hand_out(seen.tuple, *entry);
    }
}

void FlowTracker::end_dump() {
    state_->living.remove_if([this](const Tuple& tuple, Entry& entry) {
        const bool goes = entry.dump != state_->dump && state_->is_over(entry);
        const bool told = !state_->lost_events || entry.last_logged > *state_->lost_events;
        if (goes && !entry.born && !entry.outcome_known && told) {
            entry.outcome_known = true;
            entry.pending.unanswered = true;
            state_->hand_out(tuple, entry);
        }
        return goes;
    });
}

std::vector<Tuple> FlowTracker::sweep_logged(const Now& now,
                                             std::optional<steady_clock::time_point> heard_until) {
    const auto until = heard_until ? std::min(now.steady, *heard_until + join_wait - log_delay)
                                   : steady_clock::time_point::max();
    state_->now = now;
    state_->denied.sweep(now);
    std::vector<Tuple> unlogged;
    state_->for_each_due(state_->joins, until, [&](const Tuple& tuple) {
        Entry* entry = state_->living.find(tuple);
        if (entry == nullptr || entry->ignored) {
            return;
        }
        if (!entry->counted) {
            unlogged.push_back(tuple);
        } else {
            state_->forget_ended(tuple, *entry);
        }
    });
    state_->for_each_due(state_->ended, until, [this](const Tuple& tuple) {
        if (const Entry* const entry = state_->living.find(tuple)) {
            state_->forget_ended(tuple, *entry);
        }
    });
    return unlogged;
}

void FlowTracker::finish_unlogged(const Tuple& tuple, bool destination_is_local) {
    Entry* entry = state_->living.find(tuple);
    if (entry == nullptr) {
        return;
    }
    if (!destination_is_local) {
        state_->count(tuple, *entry, entry->old);
    }
    if (entry->dead) {
        state_->living.remove(tuple);
    } else {
        entry->ignored = destination_is_local;
    }
}

const std::vector<model::FlowDelta>& FlowTracker::take() {
    state_->taken.clear();
    std::swap(state_->found, state_->taken);
    return state_->taken;
}

std::size_t FlowTracker::living() const {
    return state_->living.size() + state_->denied.remembered();
}

std::uint64_t FlowTracker::overlooked() const {
    return state_->overlooked;
}

std::uint64_t FlowTracker::counted_at_once() const {
    return state_->at_once;
}

} // namespace fwlearn::collector
