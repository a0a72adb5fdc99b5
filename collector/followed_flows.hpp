// What becomes of each flow that is followed: somebody logged it, it is counted, answered, it ends, its tuple
// is used anew; and what waits for the other side of the join, or to be forgotten. Knows nothing of where
// what it is told comes from. Private to this room; the flow tracker's state.
#pragma once

#include "collector/denied_flows.hpp"
#include "collector/flow_tracker.hpp"
#include "living_flows.hpp"
#include "passing_flows.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <optional>
#include <vector>

namespace fwlearn::collector {

struct FollowedFlows {
    using steady_clock = std::chrono::steady_clock;

    /// How long one side of the join waits for the other. Above the longest time for which the kernel keeps
    /// log messages back to send them together (the observer asks for 100 ms).
    static constexpr auto join_wait = std::chrono::seconds(3);
    /// A log message this late after the end of its flow is a new flow's, not a delayed one of the old.
    static constexpr auto stale_after = std::chrono::seconds(1);

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

    explicit FollowedFlows(std::size_t most);

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
    LivingFlow* make(const Tuple& tuple, std::uint64_t share);

    /// Of what nobody has logged. What was counted at once has had its turn.
    LivingFlow* create(const Tuple& tuple);

    /// There is no room to follow it: it counts, and how it ends is not seen.
    void count_at_once(const Tuple& tuple, const Sender& sender);

    void count_one(const Tuple& tuple, const Sender& sender);

    /// Before it goes, or begins anew: what it keeps of later flows goes with it.
    void release(const LivingFlow& entry) { further -= entry.rare ? entry.rare->further() : 0; }

    void begin(LivingFlow& entry);

    void date(LivingFlow& entry) const;

    /// Of what is not known yet: it was not there when the table was read the last time but one.
    [[nodiscard]] bool may_be_lost(const FlowTracker::LogRead& log) const;

    void await_join(const Tuple& tuple);

    /// What it has come to since the last time, and `more` that conntrack has counted.
    void hand_out(LivingFlow& entry, const Traffic& more = {});

    void count(LivingFlow& entry, bool already_open);

    void identify(LivingFlow& entry, const Sender& sender);

    /// Two users share a tuple when the protocol has no ports, or when one gets the port that the other just
    /// left. For conntrack that is one flow; for a firewall that asks for the user it is two.
    void count_for_another(LivingFlow& entry, const Sender& sender);

    /// A repetition, or the first packet of a later flow. Of TCP, which may be refused and tried again within
    /// the time for which the kernel keeps log messages back, there may be several.
    void log_again(LivingFlow& entry, const Sender& sender, bool counted);

    /// What was logged about when it ended may have been the first packet of another flow with its tuple:
    /// that one's end, or the next dump, tells.
    static bool another_may_live(const LivingFlow& entry);
    /// ... and that one was not counted yet, as another user's is at once.
    static bool may_live_again(const LivingFlow& entry);
    /// Conntrack has told of its end, and now tells of one with its tuple. That is another also where the
    /// number is the same: the kernel makes it of tuple and place in memory (nf_ct_get_id() in
    /// net/netfilter/nf_conntrack_core.c), and what is used again as it expires gets the place that has just
    /// become free. That nothing was logged meanwhile means that the same end is told twice
    /// (nf_conntrack_ecache.c does, where some other listener asked to be told reliably and was not).
    static bool lives_again(const LivingFlow& entry) { return entry.dead && entry.logged_again; }

    /// TCP begins with a SYN, and this was under way before the collector; conntrack has not seen it since,
    /// or has it the other way round. What is logged is another connection's.
    static bool is_new_beside(const LivingFlow& entry);

    /// A flow of its own, while that of before may still have its end to come.
    void begin_beside(LivingFlow& entry);

    /// Of the one that was there before, and was no flow of this observation's.
    static bool is_end_of_before(LivingFlow& entry, const ConntrackEntry& seen);

    void forget_ended(LivingFlow& entry);

    using EndOfDue = std::deque<End>::const_iterator;
    void fetch(EndOfDue begin, EndOfDue end) const;
    using JoinOfDue = std::deque<Join>::const_iterator;
    void fetch(JoinOfDue begin, JoinOfDue end) const;

    /// Of those that are due `until` then, some dozens at a time. `look` puts in no other.
    template <typename Deadline, typename Look>
    void for_each_due(std::deque<Deadline>& waiting, steady_clock::time_point until, const Look& look) const {
        while (!waiting.empty() && waiting.front().at <= until) {
            const auto begin = waiting.begin();
            const auto most =
                begin + static_cast<std::ptrdiff_t>(std::min(FlowTracker::together, waiting.size()));
            const auto end =
                std::find_if(begin, most, [until](const Deadline& due) { return due.at > until; });
            fetch(begin, end);
            std::for_each(begin, end, look);
            waiting.erase(begin, end);
        }
    }

    /// Of one that a dump did not have.
    [[nodiscard]] bool is_over(const LivingFlow& entry) const;

    /// It goes on, and what conntrack has counted is handed out as soon as its sender is known.
    void go_on(LivingFlow& entry, const ConntrackEntry& seen);

    void listed(LivingFlow& entry, const ConntrackEntry& seen);

    /// Listed with another number than was known, and no end was told: where that one is not listed itself,
    /// its end was lost. Else both live, in two zones (nf_conntrack_zones.h), and a packet passes both.
    void take_seconds();

    /// It may be gone then.
    void die(LivingFlow& entry, const ConntrackEntry& seen);

    void close(LivingFlow& entry, const ConntrackEntry& seen);

    /// The kernel keeps log messages back, and not the ends: what is refused and tried again at once has its
    /// second end before the first log message. Or the same end is told twice, and no log message comes.
    void await_further_log(LivingFlow& entry, const ConntrackEntry& seen);

    /// That log message has come. False where there is no such end.
    bool take_further_end(LivingFlow& entry, const Sender& sender);

    void forget_repetitions(LivingFlow& entry);

    void remove(LivingFlow& entry);

    /// The tuple is used anew: a flow of its own, whose first log message may have come already.
    void begin_again(LivingFlow& entry, std::uint32_t id);
};

} // namespace fwlearn::collector
