#include "collector/flow_tracker.hpp"

#include "collector/denied_flows.hpp"

#include <tsl/robin_map.h>

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
/// A log message this late after the end of its flow is a new flow's, not a delayed one of the old.
constexpr auto stale_after = 1s;
/// A flow that conntrack never confirmed was stopped on this host. Its repetitions are over by then: TCP
/// retransmits a SYN for 127 s (net.ipv4.tcp_syn_retries = 6, tcp(7)), and the longest pause is 64 s.
constexpr auto unconfirmed_for = 130s;
/// Of what a whitelist denies: so many tuples are remembered for their repetitions.
constexpr std::size_t denied_capacity = 1U << 15U;

struct Entry {
    Sender sender;
    model::Timestamp began{};
    steady_clock::time_point last_logged{};
    steady_clock::time_point died{};
    std::uint32_t id = 0;
    std::uint32_t dump = 0; ///< the last dump that had it
    bool logged = false;    ///< NFLOG told who sends
    bool born = false;      ///< conntrack has, or had, an entry
    bool dead = false;      ///< ... and has it no more
    bool counted = false;
    bool old = false;     ///< may be from before the collector
    bool ignored = false; ///< no flow of this host's
    bool outcome_known = false;
    bool logged_again = false;  ///< since it was counted; by `again`
    bool again_counted = false; ///< as a flow of its own
    Sender again;
    std::vector<std::uint32_t> other_users; ///< that were counted for the same tuple
    model::FlowCounts pending;              ///< not handed out yet, since nobody is known to have sent it
    std::uint64_t packets_out = 0, bytes_out = 0, packets_in = 0, bytes_in = 0; ///< handed out so far
};

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
    explicit State(std::size_t most) : denied(std::min(most, denied_capacity)), capacity(most) {}

    tsl::robin_map<Tuple, Entry> living;
    std::deque<Deadline> joins;       ///< each join_wait after it was put in, so in order
    std::deque<Deadline> unconfirmed; ///< each unconfirmed_for after it was put in
    DeniedFlows denied;
    std::vector<model::FlowDelta> found;
    std::size_t capacity;
    std::uint64_t overlooked = 0;
    std::uint32_t dump = 0;
    bool closing = false; ///< nothing is logged any more
    Now now{};

    Entry* find(const Tuple& tuple) {
        const auto position = living.find(tuple);
        return position == living.end() ? nullptr : &position.value();
    }

    Entry* create(const Tuple& tuple) {
        if (living.size() >= capacity) {
            ++overlooked;
            return nullptr;
        }
        Entry& entry = living[tuple];
        begin(entry);
        return &entry;
    }

    void begin(Entry& entry) const {
        entry = Entry{};
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
        model::FlowDelta delta{flow_key(sender, tuple), model::hour_of(entry.began),
                               std::exchange(entry.pending, {})};
        delta.counts.first_seen = entry.began;
        delta.counts.last_seen = std::max(entry.began, now.wall);
        found.push_back(delta);
    }

    void count(const Tuple& tuple, Entry& entry, bool already_open) {
        entry.counted = true;
        entry.pending.count = 1;
        entry.pending.already_open = already_open ? 1 : 0;
        hand_out(tuple, entry);
    }

    void identify(const Tuple& tuple, Entry& entry, const Sender& sender) {
        entry.logged = true;
        entry.sender = sender;
        entry.last_logged = now.steady;
        count(tuple, entry, false);
    }

    /// Whether this user is somebody else than those who were counted for the tuple. Not a packet without a
    /// user: that is what a closed socket's retransmission looks like.
    static bool is_another_user(const Entry& entry, const Sender& sender) {
        return sender.owner.kind == model::OwnerKind::user &&
               (entry.sender.owner.kind != model::OwnerKind::user ||
                entry.sender.owner.uid != sender.owner.uid) &&
               std::find(entry.other_users.begin(), entry.other_users.end(), sender.owner.uid) ==
                   entry.other_users.end();
    }

    /// Two users share a tuple when the protocol has no ports, or when one gets the port that the other just
    /// left. For conntrack that is one flow; for a firewall that asks for the user it is two.
    void count_for_another(const Tuple& tuple, Entry& entry, const Sender& sender) {
        entry.other_users.push_back(sender.owner.uid);
        entry.again = sender;
        entry.logged_again = entry.again_counted = true;
        model::FlowDelta delta{flow_key(sender, tuple), model::hour_of(now.wall), {}};
        delta.counts.count = 1;
        delta.counts.first_seen = delta.counts.last_seen = now.wall;
        found.push_back(delta);
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
            entry.pending.answered = 1;
            changed = true;
        }
        return changed;
    }

    void die(const Tuple& tuple, Entry& entry, const ConntrackEntry& seen) {
        take_counters(entry, seen);
        if (!entry.outcome_known) {
            entry.outcome_known = true;
            (seen.tcp_closed ? entry.pending.refused : entry.pending.unanswered) = 1;
        }
        entry.dead = true;
        entry.died = now.steady;
        hand_out(tuple, entry);
        await_join(tuple);
    }

    /// The tuple is used anew: a flow of its own, whose first log message may have come already.
    void begin_again(const Tuple& tuple, Entry& entry, std::uint32_t id) {
        const bool logged = entry.logged_again;
        const bool already_counted = entry.again_counted;
        const Sender sender = entry.again;
        begin(entry);
        entry.born = true;
        entry.id = id;
        if (already_counted) {
            entry.logged = entry.counted = true;
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

void FlowTracker::logged(const Tuple& tuple, const Sender& sender, const Now& now) {
    state_->now = now;
    if (sender.verdict == model::FlowVerdict::denied) {
        state_->found.push_back(state_->denied.denied(tuple, sender, now));
        return;
    }
    Entry* entry = state_->find(tuple);
    if (entry == nullptr) {
        entry = state_->create(tuple);
        if (entry != nullptr) {
            state_->identify(tuple, *entry, sender);
            state_->unconfirmed.push_back({now.steady + unconfirmed_for, tuple});
        }
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
        state_->unconfirmed.push_back({now.steady + unconfirmed_for, tuple});
        return;
    }
    entry->last_logged = now.steady;
    if (another_user) {
        state_->count_for_another(tuple, *entry, sender);
        return;
    }
    if (!entry->again_counted) {
        entry->logged_again = true;
        entry->again = sender;
    }
    if (!entry->dead) {
        state_->hand_out(tuple, *entry); // a repetition: last seen now
    }
}

void FlowTracker::unreachable(const Tuple& tuple, const Now& now) {
    state_->now = now;
    Entry* entry = state_->find(tuple);
    if (entry == nullptr || entry->ignored || entry->outcome_known) {
        return;
    }
    const auto denied = state_->denied.last(tuple);
    if (denied && *denied >= entry->last_logged) {
        return; // it is what the whitelist's own reject says, of a later packet
    }
    entry->outcome_known = true;
    entry->pending.refused = 1;
    state_->hand_out(tuple, *entry);
}

void FlowTracker::opened(const ConntrackEntry& seen, bool from_here, const Now& now) {
    state_->now = now;
    Entry* entry = state_->find(seen.tuple);
    if (entry == nullptr) {
        entry = from_here && !state_->closing ? state_->create(seen.tuple) : nullptr;
        if (entry != nullptr) {
            entry->born = true;
            entry->id = seen.id;
            state_->await_join(seen.tuple);
        }
        return;
    }
    if (entry->ignored) {
        return;
    }
    const bool another = entry->born && entry->id != 0 && entry->id != seen.id;
    if ((entry->dead || another) && state_->closing && !entry->logged_again) {
        return; // a later flow with the same tuple, of which nothing was logged any more
    }
    if (entry->dead || another) {
        state_->begin_again(seen.tuple, *entry, seen.id);
        return;
    }
    if (!entry->born) {
        entry->logged_again = entry->again_counted =
            false; // what came until now were repetitions of its first packet
    }
    entry->born = true;
    entry->id = seen.id;
}

void FlowTracker::closed(const ConntrackEntry& seen, bool from_here, const Now& now) {
    state_->now = now;
    Entry* entry = state_->find(seen.tuple);
    if (entry == nullptr) {
        entry = from_here && !state_->closing ? state_->create(seen.tuple) : nullptr;
        if (entry == nullptr) {
            return;
        }
        entry->old = true; // nobody told of its beginning
    }
    if (entry->ignored) {
        state_->living.erase(seen.tuple);
        return;
    }
    const bool of_another = entry->born && entry->id != 0 && entry->id != seen.id;
    if (entry->dead || of_another) {
        return;
    }
    entry->born = true;
    entry->id = seen.id;
    state_->die(seen.tuple, *entry, seen);
}

void FlowTracker::already_open(const Tuple& tuple, const Sender& sender, const Now& now) {
    state_->now = now;
    if (state_->find(tuple) != nullptr) {
        return;
    }
    if (Entry* entry = state_->create(tuple)) {
        entry->old = true;
        entry->born = true;
        entry->logged = true;
        entry->sender = sender;
        state_->count(tuple, *entry, true);
    }
}

void FlowTracker::already_open_inbound(const Tuple& tuple) {
    if (Entry* entry = state_->find(tuple) == nullptr ? state_->create(tuple) : nullptr) {
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
    Entry* entry = state_->find(seen.tuple);
    if (entry == nullptr) {
        entry = state_->closing ? nullptr : state_->create(seen.tuple);
        if (entry == nullptr) {
            return;
        }
        entry->born = true;
        entry->old = true; // nobody told of its beginning
        entry->ignored = first_dump && seen.tcp_ending;
        state_->await_join(seen.tuple);
    }
    if (entry->ignored) {
        return;
    }
    const bool another = entry->dead || (entry->id != 0 && entry->id != seen.id);
    if (another && state_->closing && !entry->logged_again) {
        return;
    }
    if (another) {
        state_->begin_again(seen.tuple, *entry, seen.id);
    }
    entry->born = true;
    entry->id = seen.id;
    entry->dump = state_->dump;
    if (State::take_counters(*entry, seen)) {
        state_->hand_out(seen.tuple, *entry);
    }
}

void FlowTracker::end_dump() {
    auto& living = state_->living;
    for (auto position = living.begin(); position != living.end();) {
        const Entry& entry = position.value();
        // An `old` entry without an id is a connection that conntrack never saw: it was idle until then.
        const bool gone = entry.born && !entry.dead && !entry.ignored && entry.counted &&
                          entry.dump != state_->dump && entry.id != 0;
        position = gone ? living.erase(position) : std::next(position);
    }
}

std::vector<Tuple> FlowTracker::sweep_logged(const Now& now, bool everything) {
    state_->now = now;
    state_->denied.sweep(now);
    std::vector<Tuple> unlogged;
    auto& joins = state_->joins;
    while (!joins.empty() && (everything || joins.front().at <= now.steady)) {
        const Tuple tuple = joins.front().tuple;
        joins.pop_front();
        const Entry* entry = state_->find(tuple);
        if (entry == nullptr || entry->ignored) {
            continue;
        }
        if (!entry->counted) {
            unlogged.push_back(tuple);
        } else if (entry->dead && now.steady - entry->died >= join_wait) {
            state_->living.erase(tuple);
        }
    }
    auto& unconfirmed = state_->unconfirmed;
    while (!unconfirmed.empty() && unconfirmed.front().at <= now.steady) {
        const Tuple tuple = unconfirmed.front().tuple;
        unconfirmed.pop_front();
        Entry* entry = state_->find(tuple);
        if (entry == nullptr || entry->born) {
            continue;
        }
        if (now.steady - entry->last_logged < unconfirmed_for) {
            unconfirmed.push_back({now.steady + unconfirmed_for, tuple});
            continue;
        }
        if (!entry->outcome_known) {
            entry->outcome_known = true;
            entry->pending.unanswered = 1;
        }
        state_->hand_out(tuple, *entry);
        state_->living.erase(tuple);
    }
    return unlogged;
}

void FlowTracker::finish_unlogged(const Tuple& tuple, bool destination_is_local) {
    Entry* entry = state_->find(tuple);
    if (entry == nullptr) {
        return;
    }
    if (!destination_is_local) {
        state_->count(tuple, *entry, entry->old);
    }
    if (entry->dead) {
        state_->living.erase(tuple);
    } else {
        entry->ignored = destination_is_local;
    }
}

std::vector<model::FlowDelta> FlowTracker::take() {
    return std::exchange(state_->found, {});
}

std::size_t FlowTracker::living() const {
    return state_->living.size() + state_->denied.remembered();
}

std::uint64_t FlowTracker::overlooked() const {
    return state_->overlooked;
}

} // namespace fwlearn::collector
