// The flows that are being followed: what is known of each, and who has how many of the places. Bounded,
// shared fairly between users, and nothing is allocated for a flow where another one has ended.
// Knows nothing of how log and conntrack are joined. Kept by the flow tracker.
#pragma once

#include "collector/fair_share.hpp"
#include "collector/flow_tracker.hpp"

#include <tsl/robin_set.h>

#include <deque>
#include <memory>
#include <vector>

namespace fwlearn::collector {

/// Nobody's share: what conntrack told of, and no log message yet.
inline constexpr std::uint64_t nobody = 0;

/// What few flows need.
struct RareOfFlow {
    Sender again;                           ///< by whom it was logged again
    std::vector<std::uint32_t> other_users; ///< that were counted for the same tuple
};

/// What one flow has come to, and was not handed out yet.
struct PendingOfFlow {
    std::uint64_t packets_out = 0, bytes_out = 0, packets_in = 0, bytes_in = 0;
    bool counted = false, answered = false, refused = false, unanswered = false, already_open = false;
};

/// There may be a quarter of a million of them: what is not needed for each is in `rare`.
struct LivingFlow {
    Sender sender;
    model::Timestamp began{};
    std::chrono::steady_clock::time_point last_logged{};
    std::chrono::steady_clock::time_point died{};
    std::unique_ptr<RareOfFlow> rare;
    PendingOfFlow pending; ///< not handed out yet, since nobody is known to have sent it
    std::uint64_t packets_out = 0, bytes_out = 0, packets_in = 0, bytes_in = 0; ///< handed out so far
    std::uint64_t share = nobody;                                               ///< whose place it takes
    std::uint32_t id = 0;
    std::uint32_t dump = 0; ///< the last dump that had it
    bool born = false;      ///< conntrack has, or had, an entry
    bool dead = false;      ///< ... and has it no more
    bool counted = false;
    bool old = false;     ///< may be from before the collector
    bool ignored = false; ///< no flow of this host's
    bool outcome_known = false;
    bool logged_again = false;  ///< since it was counted; by `again`
    bool again_counted = false; ///< as a flow of its own
};

class LivingFlows {
  public:
    explicit LivingFlows(std::size_t most) : shares_(most) {}

    /// Brings what is kept of it into the processor's cache, and does not wait for that.
    void fetch(const Tuple& tuple) const {
        if (const auto position = flows_.find(tuple); position != flows_.end()) {
            fetch(**position);
        }
    }

    /// nullptr where it is not there.
    LivingFlow* find(const Tuple& tuple) {
        const auto position = flows_.find(tuple);
        return position == flows_.end() ? nullptr : &(*position)->flow;
    }

    /// One that is not there yet; nullptr where there is no room for one more of this share.
    LivingFlow* add(const Tuple& tuple, std::uint64_t share) {
        if (!shares_.take(share)) {
            return nullptr;
        }
        Place* const place = free_place();
        place->tuple = tuple;
        place->flow.share = share;
        flows_.insert(place);
        return &place->flow;
    }

    /// It takes one of this share's places from now on. Where that has none left, it keeps its own.
    void give_to(std::uint64_t share, LivingFlow& flow) {
        if (share != flow.share && shares_.take(share)) {
            shares_.give_back(flow.share);
            flow.share = share;
        }
    }

    void remove(const Tuple& tuple) {
        if (const auto position = flows_.find(tuple); position != flows_.end()) {
            erase(position);
        }
    }

    /// Calls `is_over(tuple, flow)` for each, and removes those for which it says true.
    template <typename IsOver>
    void remove_if(const IsOver& is_over) {
        for (auto position = flows_.begin(); position != flows_.end();) {
            Place& place = **position;
            position = is_over(place.tuple, place.flow) ? erase(position) : std::next(position);
        }
    }

    [[nodiscard]] std::size_t size() const { return flows_.size(); }

  private:
    struct Place {
        Tuple tuple;
        LivingFlow flow;
    };
    static void fetch(const Place& place) {
        constexpr std::size_t cache_line = 64;
        const auto* const octets = reinterpret_cast<const char*>(&place); // NOLINT: as octets
        for (std::size_t at = 0; at < sizeof(Place); at += cache_line) {
            __builtin_prefetch(octets + at);
        }
    }

    /// By its tuple. The table itself keeps but a part of the hash and where the flow is: it is looked into
    /// three times a flow, and a small one is more often in the cache.
    struct Hash {
        std::size_t operator()(const Tuple& tuple) const { return std::hash<Tuple>()(tuple); }
        std::size_t operator()(const Place* place) const { return (*this)(place->tuple); }
    };
    struct Same {
        using is_transparent = void;
        bool operator()(const Place* one, const Place* other) const { return one->tuple == other->tuple; }
        bool operator()(const Tuple& tuple, const Place* place) const { return tuple == place->tuple; }
        bool operator()(const Place* place, const Tuple& tuple) const { return tuple == place->tuple; }
    };
    constexpr static bool with_hash = true;
    using Flows = tsl::robin_set<Place*, Hash, Same, std::allocator<Place*>, with_hash>;

    /// Those that were given back are used again, the last first, which is still in the cache.
    Place* free_place() {
        if (free_.empty()) {
            return &places_.emplace_back();
        }
        Place* const place = free_.back();
        free_.pop_back();
        constexpr std::size_t ahead = 4; // where one was taken, more will be
        if (free_.size() >= ahead) {
            fetch(*free_[free_.size() - ahead]);
        }
        return place;
    }

    Flows::iterator erase(Flows::iterator position) {
        Place* const place = *position;
        const auto next = flows_.erase(position); // which may ask for the tuple
        shares_.give_back(place->flow.share);
        place->flow = LivingFlow{};
        free_.push_back(place);
        return next;
    }

    Flows flows_; ///< they are in `places_`
    std::deque<Place> places_;
    std::vector<Place*> free_;
    FairShare shares_;
};

} // namespace fwlearn::collector
