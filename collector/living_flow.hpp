// One flow that is being followed: who sent it, what was told of it, and what of that was not handed out yet.
// Knows nothing of others. Kept by living flows, for the flow tracker.
#pragma once

#include "collector/flow_tracker.hpp"

#include <memory>
#include <vector>

namespace fwlearn::collector {

/// Nobody's share: what conntrack told of, and no log message yet.
inline constexpr std::uint64_t nobody = 0;

/// One more log message of its tuple.
struct LoggedAgain {
    Sender sender;
    bool counted = false; ///< as a flow of its own
};

/// What few flows need.
struct RareOfFlow {
    Sender again;                           ///< by whom it was logged again
    std::vector<LoggedAgain> and_then;      ///< of TCP: and after that, the oldest first
    std::vector<std::uint32_t> other_users; ///< that were counted for the same tuple
    Traffic told;                           ///< what conntrack had counted when it was asked last
    Traffic pending;                        ///< of that, what was not handed out yet
    /// Told since its own end, the oldest first: of later flows, whose log messages are still to come.
    std::vector<ConntrackEntry> further_ends;
    std::uint32_t id_before = 0; ///< conntrack's number of what had the tuple before, and was ignored

    [[nodiscard]] std::size_t further() const { return and_then.size() + further_ends.size(); }
};

/// What one flow has come to, and was not handed out yet.
struct NewsOfFlow {
    bool counted : 1 = false;
    bool answered : 1 = false;
    bool refused : 1 = false;
    bool unanswered : 1 = false;
    bool already_open : 1 = false;
};

/// Two cache lines: there may be a quarter of a million of them, and none is in the cache when it is looked
/// at. What is not needed for each is in `rare`.
struct alignas(64) LivingFlow {
    Tuple tuple;
    NewsOfFlow news;
    bool followed : 1 = false; ///< this place is taken
    bool born : 1 = false;     ///< conntrack has, or had, an entry
    bool dead : 1 = false;     ///< ... and has it no more
    bool closed : 1 = false;   ///< ... which ended by TCP's own rules, and not by a timer
    bool counted : 1 = false;
    bool old : 1 = false;     ///< may be from before the collector
    bool ignored : 1 = false; ///< no flow of this host's
    bool outcome_known : 1 = false;
    bool logged_again : 1 = false;  ///< since it was counted; by `again`
    bool again_counted : 1 = false; ///< as a flow of its own
    bool opening : 1 = false;       ///< TCP that had sent its SYN when the collector began
    bool listed : 1 = false;        ///< by a dump
    std::uint8_t share_kind = 0;    ///< of `share`, its high half
    std::uint32_t id = 0;
    std::uint32_t dump = 0; ///< the last dump that had it
    Sender sender;
    std::uint32_t share_uid = 0; ///< of `share`, its low half
    model::Timestamp began{};
    std::chrono::steady_clock::time_point last_logged{};
    std::chrono::steady_clock::time_point died{};
    std::unique_ptr<RareOfFlow> rare;

    /// Whose place it takes.
    [[nodiscard]] std::uint64_t share() const { return std::uint64_t{share_kind} << 32U | share_uid; }
    void take_of(std::uint64_t share) {
        share_kind = static_cast<std::uint8_t>(share >> 32U);
        share_uid = static_cast<std::uint32_t>(share);
    }
    /// Makes it where there is none.
    RareOfFlow& what_is_rare();
    /// As if nothing had been told of it.
    void begin_anew() {
        LivingFlow fresh;
        fresh.tuple = tuple;
        fresh.followed = followed;
        fresh.take_of(share());
        *this = std::move(fresh);
    }

    /// Whether this user is somebody else than those who were counted for the tuple. Not a packet without a
    /// user: that is what a closed socket's retransmission looks like.
    [[nodiscard]] bool is_of_other_than(const Sender& again) const;
    /// The kernel's number is not the one that is known: the tuple was used again, and either how the former
    /// flow ended was told, or the word of it was lost.
    [[nodiscard]] bool is_before(const ConntrackEntry& seen) const {
        return born && id != 0 && id != seen.id;
    }
    /// What conntrack has counted since it was asked last.
    [[nodiscard]] Traffic grown(const Traffic& total) const;
    /// True when it was not known that it was answered.
    bool take_answer(const ConntrackEntry& seen);
};
static_assert(sizeof(LivingFlow) == 128);

} // namespace fwlearn::collector
