#include "collector/flow_tracker.hpp"

#include "collector/denied_flows.hpp"
#include "living_flows.hpp"
#include "passing_flows.hpp"

#include <algorithm>
#include <array>
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
/// A flow that did not end by a timer is remembered for its last repetitions: until they would be stale, and
/// for as long as a log message may wait for its sender.
constexpr auto remembered_for = 2s;
/// A flow that conntrack never confirmed was stopped on this host. Its repetitions are over by then: TCP
/// retransmits a SYN for 127 s (net.ipv4.tcp_syn_retries = 6, tcp(7)), and the longest pause is 64 s.
constexpr auto unconfirmed_for = 130s;
/// What had expired before the collector began is not listed in the first dump, but ends during that or the
/// next one, which collect it (ctnetlink_dump_table()): an end of which nothing is known may be its until
/// then.
constexpr std::uint32_t dumps_with_old = 2;
/// Log messages and ends of later flows that are kept, of all together; beyond it the last are not counted.
constexpr std::size_t most_further = 1U << 16U;
/// Of what a whitelist denies: so many tuples are remembered for their repetitions.
constexpr std::size_t denied_capacity = 1U << 15U;

struct Join {
    steady_clock::time_point at;
    Tuple tuple;
};

/// By when it may be forgotten. Its place may be another flow's then: what that one has come to counts.
struct End {
    steady_clock::time_point at;
    LivingFlow* flow;
    std::size_t hash; ///< LivingFlows::hash_of() what it was
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
    std::deque<Join> joins; ///< each join_wait after it was put in, so in order
    std::deque<End> ended;  ///< each remembered_for after its end, so in order
    DeniedFlows denied;
    std::vector<ConntrackEntry> seconds; ///< of this dump: of tuples that are known by another number
    std::vector<model::FlowDelta> found, taken;
    std::uint64_t overlooked = 0;
    std::uint64_t at_once = 0;
    std::size_t further = 0; ///< log messages and ends that are kept, of all flows
    std::uint32_t dump = 0;
    steady_clock::time_point last_dump{}, before_last_dump{}; ///< when they began
    bool closing = false;                                     ///< nothing is logged any more
    std::optional<steady_clock::time_point> lost_events;      ///< the last time that ends were lost
    Now now{};

    /// Nothing where there is no room for one more of this share.
    LivingFlow* make(const Tuple& tuple, std::uint64_t share) {
        LivingFlow* const entry = living.add(tuple, share);
        if (entry != nullptr) {
            date(*entry);
        }
        return entry;
    }

    /// Of what nobody has logged. What was counted at once has had its turn.
    LivingFlow* create(const Tuple& tuple) {
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

    /// Before it goes, or begins anew: what it keeps of later flows goes with it.
    void release(const LivingFlow& entry) { further -= entry.rare ? entry.rare->further() : 0; }

    void begin(LivingFlow& entry) {
        release(entry);
        entry.begin_anew();
        date(entry);
    }

    void date(LivingFlow& entry) const {
        entry.began = now.wall;
        entry.dump = dump;
        entry.old = dump == 0; // unless a log message comes
    }

    /// Of what is not known yet: it was not there when the table was read the last time but one.
    [[nodiscard]] bool may_be_lost(const LogRead& log) const {
        return log.lost && *log.lost >= before_last_dump;
    }

    void await_join(const Tuple& tuple) { joins.push_back({now.steady + join_wait, tuple}); }

    /// What it has come to since the last time, and `more` that conntrack has counted.
    void hand_out(LivingFlow& entry, const Traffic& more = {}) {
        if (!entry.counted) {
            return;
        }
        const NewsOfFlow news = std::exchange(entry.news, {});
        Traffic traffic = more;
        if (entry.rare) {
            traffic += std::exchange(entry.rare->pending, {});
        }
        model::FlowDelta delta{flow_key(entry.sender, entry.tuple), model::hour_of(entry.began), {}};
        delta.counts.count = news.counted ? 1 : 0;
        delta.counts.answered = news.answered ? 1 : 0;
        delta.counts.refused = news.refused ? 1 : 0;
        delta.counts.unanswered = news.unanswered ? 1 : 0;
        delta.counts.already_open = news.already_open ? 1 : 0;
        delta.counts.packets_out = traffic.packets_out;
        delta.counts.bytes_out = traffic.bytes_out;
        delta.counts.packets_in = traffic.packets_in;
        delta.counts.bytes_in = traffic.bytes_in;
        delta.counts.first_seen = entry.began;
        delta.counts.last_seen = std::max(entry.began, now.wall);
        found.push_back(delta);
    }

    void count(LivingFlow& entry, bool already_open) {
        entry.counted = true;
        entry.news.counted = true;
        entry.news.already_open = already_open;
        hand_out(entry);
    }

    void identify(LivingFlow& entry, const Sender& sender) {
        // It was let in on another share where conntrack was heard first. Whoever has none left keeps that:
        // the flow is here, and each takes one place in all.
        living.give_to(share_of(sender.owner), entry);
        entry.sender = sender;
        entry.last_logged = now.steady;
        count(entry, false);
    }

    /// Two users share a tuple when the protocol has no ports, or when one gets the port that the other just
    /// left. For conntrack that is one flow; for a firewall that asks for the user it is two.
    void count_for_another(LivingFlow& entry, const Sender& sender) {
        entry.what_is_rare().other_users.push_back(sender.owner.uid);
        log_again(entry, sender, true);
        count_one(entry.tuple, sender);
    }

    /// A repetition, or the first packet of a later flow. Of TCP, which may be refused and tried again within
    /// the time for which the kernel keeps log messages back, there may be several.
    void log_again(LivingFlow& entry, const Sender& sender, bool counted) {
        constexpr std::size_t most = 16;
        auto& rare = entry.what_is_rare();
        if (!entry.logged_again) {
            entry.logged_again = true;
            entry.again_counted = counted;
            rare.again = sender;
        } else if (entry.tuple.destination.service.protocol == model::protocol::tcp &&
                   rare.and_then.size() < most && further < most_further) {
            rare.and_then.push_back({sender, counted});
            ++further;
        } else if (counted || !entry.again_counted) {
            entry.again_counted = counted;
            rare.again = sender;
        }
    }

    /// What was logged about when it ended may have been the first packet of another flow with its tuple:
    /// that one's end, or the next dump, tells.
    static bool another_may_live(const LivingFlow& entry) {
        return entry.logged_again && entry.died - entry.last_logged < join_wait;
    }
    /// ... and that one was not counted yet, as another user's is at once.
    static bool may_live_again(const LivingFlow& entry) {
        return another_may_live(entry) && !entry.again_counted;
    }
    /// Conntrack has told of its end, and now tells of one with its tuple. That is another also where the
    /// number is the same: the kernel makes it of tuple and place in memory (nf_ct_get_id() in
    /// net/netfilter/nf_conntrack_core.c), and what is used again as it expires gets the place that has just
    /// become free. That nothing was logged meanwhile means that the same end is told twice
    /// (nf_conntrack_ecache.c does, where some other listener asked to be told reliably and was not).
    static bool lives_again(const LivingFlow& entry) { return entry.dead && entry.logged_again; }

    /// TCP begins with a SYN, and this was under way before the collector; conntrack has not seen it since,
    /// or has it the other way round. What is logged is another connection's.
    static bool is_new_beside(const LivingFlow& entry) {
        return entry.old && entry.counted && !entry.dead && entry.id == 0 &&
               entry.last_logged == steady_clock::time_point() &&
               entry.tuple.destination.service.protocol == model::protocol::tcp && !entry.opening;
    }

    /// A flow of its own, while that of before may still have its end to come.
    void begin_beside(LivingFlow& entry) {
        const auto id = entry.id;
        begin(entry);
        if (id != 0) {
            entry.what_is_rare().id_before = id;
        }
    }

    /// Of the one that was there before, and was no flow of this observation's.
    static bool is_end_of_before(LivingFlow& entry, const ConntrackEntry& seen) {
        return entry.id == 0 && entry.rare && entry.rare->id_before != 0 &&
               std::exchange(entry.rare->id_before, 0) == seen.id;
    }

    void forget_ended(LivingFlow& entry) {
        if (entry.followed && entry.dead && entry.counted && now.steady - entry.died >= remembered_for &&
            !another_may_live(entry)) {
            remove(entry);
        }
    }

    using EndOfDue = std::deque<End>::const_iterator;
    void fetch(EndOfDue begin, EndOfDue end) const {
        std::for_each(begin, end, [this](const End& due) { living.fetch(*due.flow, due.hash); });
    }
    using JoinOfDue = std::deque<Join>::const_iterator;
    void fetch(JoinOfDue begin, JoinOfDue end) const {
        std::array<const Tuple*, together> tuples{};
        const auto last =
            std::transform(begin, end, tuples.begin(), [](const Join& due) { return &due.tuple; });
        living.fetch({tuples.begin(), last});
    }

    /// Of those that are due `until` then, some dozens at a time. `look` puts in no other.
    template <typename Deadline, typename Look>
    void for_each_due(std::deque<Deadline>& waiting, steady_clock::time_point until, const Look& look) const {
        while (!waiting.empty() && waiting.front().at <= until) {
            const auto begin = waiting.begin();
            const auto most = begin + static_cast<std::ptrdiff_t>(std::min(together, waiting.size()));
            const auto end =
                std::find_if(begin, most, [until](const Deadline& due) { return due.at > until; });
            fetch(begin, end);
            std::for_each(begin, end, look);
            waiting.erase(begin, end);
        }
    }

    /// Of one that a dump did not have.
    [[nodiscard]] bool is_over(const LivingFlow& entry) const {
        if (entry.ignored) {
            return entry.id != 0; // else no dump has had it ever
        }
        if (!entry.counted) {
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

    /// It goes on, and what conntrack has counted is handed out as soon as its sender is known.
    void go_on(LivingFlow& entry, const ConntrackEntry& seen) {
        const bool answered = entry.take_answer(seen);
        const auto more = entry.grown(seen.traffic);
        const bool has_grown = more != Traffic();
        if (has_grown) {
            entry.what_is_rare().told += more;
            entry.rare->pending += more;
        }
        if (answered || has_grown) {
            hand_out(entry);
        }
    }

    void listed(LivingFlow& entry, const ConntrackEntry& seen) {
        entry.born = true;
        entry.id = seen.id;
        entry.dump = dump;
        go_on(entry, seen);
    }

    /// Listed with another number than was known, and no end was told: where that one is not listed itself,
    /// its end was lost. Else both live, in two zones (nf_conntrack_zones.h), and a packet passes both.
    void take_seconds() {
        for (const auto& seen : std::exchange(seconds, {})) {
            LivingFlow* const entry = living.find(seen.tuple);
            if (entry != nullptr && entry->dump != dump && !entry->ignored) {
                if (entry->is_before(seen)) {
                    begin_again(*entry, seen.id);
                }
                listed(*entry, seen);
            }
        }
    }

    /// It may be gone then.
    void die(LivingFlow& entry, const ConntrackEntry& seen) {
        entry.born = true;
        entry.id = seen.id;
        entry.take_answer(seen);
        if (!entry.outcome_known) {
            entry.outcome_known = true;
            entry.news.refused = seen.tcp_closed;
            entry.news.unanswered = !seen.tcp_closed;
        }
        entry.dead = true;
        entry.closed = seen.tcp_closed;
        entry.died = now.steady;
        const auto more = entry.grown(seen.traffic);
        if (entry.counted) {
            hand_out(entry, more);
            // By a timer, which each of its packets has set anew: what is logged from now on is another
            // flow's. A reset ends it at once, maybe with its last SYN's log message on the way.
            const bool by_timer = !seen.tcp_closed && now.steady - entry.last_logged >= stale_after;
            if (by_timer && !another_may_live(entry)) {
                remove(entry);
            } else {
                ended.push_back({now.steady + remembered_for, &entry, LivingFlows::hash_of(entry.tuple)});
            }
            return;
        }
        if (more != Traffic()) {
            entry.what_is_rare().pending += more;
        }
        await_join(entry.tuple);
    }

    void close(LivingFlow& entry, const ConntrackEntry& seen) {
        if (entry.ignored) {
            remove(entry);
            return;
        }
        if (is_end_of_before(entry, seen)) {
            return;
        }
        const bool others_wait = entry.rare && !entry.rare->further_ends.empty();
        if (entry.dead && (!entry.counted || others_wait)) {
            await_further_log(entry, seen);
            return;
        }
        if (entry.is_before(seen) || lives_again(entry)) {
            if (closing && !entry.logged_again) {
                return; // a later flow with the same tuple, of which nothing was logged any more
            }
            begin_again(entry, seen.id);
        } else if (entry.dead) {
            await_further_log(entry, seen);
            return;
        }
        die(entry, seen);
    }

    /// The kernel keeps log messages back, and not the ends: what is refused and tried again at once has its
    /// second end before the first log message. Or the same end is told twice, and no log message comes.
    void await_further_log(LivingFlow& entry, const ConntrackEntry& seen) {
        if (!closing && further < most_further) {
            entry.what_is_rare().further_ends.push_back(seen);
            ++further;
        }
    }

    /// That log message has come. False where there is no such end.
    bool take_further_end(LivingFlow& entry, const Sender& sender) {
        if (!entry.dead || !entry.counted || !entry.rare || entry.rare->further_ends.empty()) {
            return false;
        }
        auto others = std::move(entry.rare->further_ends);
        const auto seen = others.front();
        others.erase(others.begin());
        --further;
        begin(entry);
        identify(entry, sender);
        if (!others.empty()) {
            entry.what_is_rare().further_ends = std::move(others);
        }
        die(entry, seen);
        return true;
    }

    void forget_repetitions(LivingFlow& entry) {
        entry.logged_again = entry.again_counted = false;
        if (entry.rare) {
            further -= entry.rare->and_then.size();
            entry.rare->and_then.clear();
        }
    }

    void remove(LivingFlow& entry) {
        release(entry);
        living.remove(entry);
    }

    /// The tuple is used anew: a flow of its own, whose first log message may have come already.
    void begin_again(LivingFlow& entry, std::uint32_t id) {
        const bool logged = entry.logged_again;
        const bool already_counted = entry.again_counted;
        const Sender sender = entry.rare ? entry.rare->again : Sender();
        auto later = entry.rare ? std::exchange(entry.rare->and_then, {}) : std::vector<LoggedAgain>();
        further -= later.size();
        begin(entry);
        entry.born = true;
        entry.id = id;
        for (const auto& one : later) {
            log_again(entry, one.sender, one.counted);
        }
        if (already_counted) {
            entry.counted = true;
            entry.sender = sender;
        } else if (logged) {
            identify(entry, sender);
        } else {
            await_join(entry.tuple);
        }
    }
};

FlowTracker::FlowTracker(std::size_t capacity) : state_(std::make_unique<State>(capacity)) {}

FlowTracker::~FlowTracker() = default;

void FlowTracker::expect(std::span<const Tuple* const> tuples) const {
    state_->living.fetch(tuples);
}

void FlowTracker::logged(const Tuple& tuple, const Sender& sender, const Now& now) {
    state_->now = now;
    if (sender.verdict == model::FlowVerdict::denied) {
        state_->found.push_back(state_->denied.denied(tuple, sender, now));
        return;
    }
    LivingFlow* entry = state_->living.find(tuple);
    if (entry == nullptr) {
        entry = state_->make(tuple, share_of(sender.owner));
        if (entry == nullptr) {
            state_->count_at_once(tuple, sender);
            return;
        }
        state_->identify(*entry, sender);
        return;
    }
    if (entry->ignored || State::is_new_beside(*entry)) {
        state_->begin_beside(*entry);
    }
    if (!entry->counted) {
        state_->identify(*entry, sender);
        return;
    }
    if (state_->take_further_end(*entry, sender)) {
        return;
    }
    const bool another_user = entry->is_of_other_than(sender);
    if (entry->dead && (another_user || now.steady - entry->died > stale_after)) {
        // One flow more, or two, of which the first was logged when this one had ended: then two will end.
        const bool perhaps_two = State::may_live_again(*entry) && !another_user;
        state_->begin(*entry);
        state_->identify(*entry, sender);
        if (!perhaps_two) {
            return;
        }
    }
    entry->last_logged = now.steady;
    if (another_user) {
        state_->count_for_another(*entry, sender);
        return;
    }
    state_->log_again(*entry, sender, false);
    if (!entry->dead) {
        state_->hand_out(*entry); // a repetition: last seen now
    }
}

void FlowTracker::unreachable(const Tuple& tuple, const Now& now) {
    state_->now = now;
    LivingFlow* entry = state_->living.find(tuple);
    if (entry == nullptr || entry->ignored || entry->outcome_known) {
        return;
    }
    const auto denied = state_->denied.last(tuple);
    if (denied && *denied >= entry->last_logged) {
        return; // it is what the whitelist's own reject says, of a later packet
    }
    entry->outcome_known = true;
    entry->news.refused = true;
    state_->hand_out(*entry);
}

bool FlowTracker::closed_known(const ConntrackEntry& seen, const Now& now) {
    state_->now = now;
    LivingFlow* entry = state_->living.find(seen.tuple);
    if (entry == nullptr) {
        return state_->passing.remove(seen.tuple); // the next one with this tuple is another flow
    }
    state_->close(*entry, seen);
    return true;
}

void FlowTracker::closed_unknown(const ConntrackEntry& seen, bool from_here, const Now& now) {
    state_->now = now;
    const bool is_flow = from_here && !state_->closing && !seen.expected;
    LivingFlow* entry = is_flow ? state_->create(seen.tuple) : nullptr;
    if (entry == nullptr) {
        state_->overlooked += is_flow ? 1 : 0;
        return;
    }
    entry->old = state_->dump <= dumps_with_old;
    state_->close(*entry, seen);
}

void FlowTracker::lost_events(const Now& now) {
    state_->lost_events = now.steady;
}

void FlowTracker::already_open(const Tuple& tuple, const Sender& sender, bool opening, const Now& now) {
    state_->now = now;
    if (state_->living.find(tuple) != nullptr) {
        return;
    }
    LivingFlow* entry = state_->make(tuple, share_of(sender.owner));
    state_->overlooked += entry == nullptr ? 1 : 0;
    if (entry != nullptr) {
        entry->old = true;
        entry->born = true;
        entry->opening = opening;
        entry->sender = sender;
        state_->count(*entry, true);
    }
}

void FlowTracker::already_open_inbound(const Tuple& tuple) {
    if (LivingFlow* entry = state_->living.find(tuple) == nullptr ? state_->create(tuple) : nullptr) {
        entry->ignored = true;
    }
}

void FlowTracker::no_more_logs() {
    state_->closing = true;
}

void FlowTracker::begin_dump(const Now& now) {
    state_->now = now;
    ++state_->dump;
    state_->before_last_dump = std::exchange(state_->last_dump, now.steady);
}

void FlowTracker::dumped_unknown(const ConntrackEntry& seen, const Now& now) {
    state_->now = now;
    const bool is_flow = !state_->closing && !seen.expected && !seen.picked_up;
    LivingFlow* const entry = is_flow ? state_->create(seen.tuple) : nullptr;
    if (entry == nullptr) {
        return;
    }
    const bool first_dump = state_->dump == 1;
    entry->born = true;
    entry->listed = true;
    entry->id = seen.id;
    entry->old = first_dump;
    entry->ignored = first_dump && seen.tcp_ending;
    if (!entry->ignored) {
        state_->await_join(seen.tuple);
        state_->go_on(*entry, seen);
    }
}

void FlowTracker::already_over(const ConntrackEntry& seen, const Now& now) {
    state_->now = now;
    if (LivingFlow* const entry = state_->create(seen.tuple)) {
        entry->born = entry->ignored = true;
        entry->id = seen.id;
    }
}

bool FlowTracker::dumped_known(const ConntrackEntry& seen, const Now& now) {
    state_->now = now;
    LivingFlow* entry = state_->living.find(seen.tuple);
    if (entry == nullptr) {
        return false;
    }
    if (entry->ignored) {
        entry->id = seen.id;
        entry->dump = state_->dump;
        return true;
    }
    if (entry->id == 0 && entry->rare && entry->rare->id_before == seen.id && seen.tcp_ending) {
        return true; // of the one before, which is still listed
    }
    // A connection that is told to have ended may be listed for a moment (nf_ct_delete()), and what was
    // logged again be its own; what a timer ended was silent before.
    const bool is_gone = !entry->closed || now.steady - entry->died >= stale_after;
    const bool another = entry->is_before(seen) || (State::lives_again(*entry) && is_gone);
    if (another && state_->closing && !entry->logged_again) {
        return true;
    }
    if (another && !entry->dead) {
        state_->seconds.push_back(seen);
        return true;
    }
    if (another) {
        state_->begin_again(*entry, seen.id);
    } else if (entry->dead) {
        return true;
    } else if (!entry->born) {
        state_->forget_repetitions(*entry); // of its first packet
    }
    state_->listed(*entry, seen);
    return true;
}

void FlowTracker::end_dump() {
    state_->take_seconds();
    state_->living.remove_if([this](LivingFlow& entry) {
        const bool goes = entry.dump != state_->dump && state_->is_over(entry);
        const bool told = !state_->lost_events || entry.last_logged > *state_->lost_events;
        if (goes && !entry.born && !entry.outcome_known && told) {
            entry.outcome_known = true;
            entry.news.unanswered = true;
            state_->hand_out(entry);
        }
        if (goes) {
            state_->release(entry);
        }
        return goes;
    });
}

std::vector<Tuple> FlowTracker::sweep_logged(const Now& now, const LogRead& log, bool all) {
    const auto until = [&](steady_clock::time_point read) {
        return all ? steady_clock::time_point::max() : std::min(now.steady, read + join_wait - log_delay);
    };
    state_->now = now;
    state_->denied.sweep(now);
    std::vector<Tuple> unlogged;
    const auto known = state_->may_be_lost(log) ? log.heard : std::min(log.heard, log.counted);
    state_->for_each_due(state_->joins, until(known), [&](const Join& join) {
        LivingFlow* entry = state_->living.find(join.tuple);
        if (entry == nullptr || entry->ignored) {
            return;
        }
        if (!entry->counted) {
            unlogged.push_back(join.tuple);
        } else {
            state_->forget_ended(*entry);
        }
    });
    state_->for_each_due(state_->ended, until(log.heard),
                         [this](const End& end) { state_->forget_ended(*end.flow); });
    return unlogged;
}

void FlowTracker::finish_unlogged(const Tuple& tuple, bool destination_is_local, const LogRead& log) {
    LivingFlow* entry = state_->living.find(tuple);
    if (entry == nullptr) {
        return;
    }
    const bool was_open = entry->old && entry->listed;
    const bool is_flow = !destination_is_local && (was_open || state_->may_be_lost(log));
    if (is_flow) {
        state_->count(*entry, entry->old);
    }
    if (entry->dead) {
        state_->remove(*entry);
    } else {
        entry->ignored = !is_flow;
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
