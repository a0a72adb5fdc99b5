// The flows that are being followed: what is known of each, and who has how many of the places. Bounded,
// shared fairly between users, and nothing is allocated for a flow.
// Knows nothing of how log and conntrack are joined. Kept by the flow tracker.
#pragma once

#include "collector/fair_share.hpp"
#include "collector/flow_tracker.hpp"

#include <tsl/robin_set.h>

#include <memory>
#include <vector>

namespace fwlearn::collector {

/// Nobody's share: what conntrack told of, and no log message yet.
inline constexpr std::uint64_t nobody = 0;

/// What few flows need.
struct RareOfFlow {
    Sender again;                           ///< by whom it was logged again
    std::vector<std::uint32_t> other_users; ///< that were counted for the same tuple
    Traffic told;                           ///< what conntrack had counted when it was asked last
    Traffic pending;                        ///< of that, what was not handed out yet
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
    bool born : 1 = false; ///< conntrack has, or had, an entry
    bool dead : 1 = false; ///< ... and has it no more
    bool counted : 1 = false;
    bool old : 1 = false;     ///< may be from before the collector
    bool ignored : 1 = false; ///< no flow of this host's
    bool outcome_known : 1 = false;
    bool logged_again : 1 = false;  ///< since it was counted; by `again`
    bool again_counted : 1 = false; ///< as a flow of its own
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
    /// As if nothing had been told of it.
    void begin_anew() {
        LivingFlow fresh;
        fresh.tuple = tuple;
        fresh.take_of(share());
        *this = std::move(fresh);
    }
};
static_assert(sizeof(LivingFlow) == 128);

class LivingFlows {
  public:
    explicit LivingFlows(std::size_t most) : shares_(most) {
        places_.reserve(most); // so that none moves; what is not used is not touched
        flows_ = Flows(0, Hash{places_.data()}, Same{places_.data()});
        flows_.max_load_factor(load);
    }
    ~LivingFlows() = default;
    LivingFlows(const LivingFlows&) = delete;
    LivingFlows& operator=(const LivingFlows&) = delete;

    /// Brings what is kept of it into the processor's cache, and does not wait for that.
    void fetch(const Tuple& tuple) const {
        if (const auto position = flows_.find(tuple); position != flows_.end()) {
            fetch(places_[*position]);
        }
    }
    static void fetch(const LivingFlow& flow) {
        constexpr std::size_t cache_line = 64;
        const auto* const octets = reinterpret_cast<const char*>(&flow); // NOLINT: as octets
        for (std::size_t at = 0; at < sizeof flow; at += cache_line) {
            __builtin_prefetch(octets + at);
        }
    }

    /// nullptr where it is not there.
    LivingFlow* find(const Tuple& tuple) {
        const auto position = flows_.find(tuple);
        return position == flows_.end() ? nullptr : &places_[*position];
    }

    /// One that is not there yet; nullptr where there is no room for one more of this share.
    LivingFlow* add(const Tuple& tuple, std::uint64_t share) {
        if (!shares_.take(share)) {
            return nullptr;
        }
        const auto number = free_place();
        LivingFlow& flow = places_[number];
        flow.tuple = tuple;
        flow.take_of(share);
        flows_.insert(number);
        return &flow;
    }

    /// It takes one of this share's places from now on. Where that has none left, it keeps its own.
    void give_to(std::uint64_t share, LivingFlow& flow) {
        if (share != flow.share() && shares_.take(share)) {
            shares_.give_back(flow.share());
            flow.take_of(share);
        }
    }

    void remove(LivingFlow& flow) {
        const auto position = flows_.find(flow.tuple);
        flows_.erase(position);
        free(flow);
    }

    /// Calls `is_over(flow)` for each, and removes those for which it says true.
    template <typename IsOver>
    void remove_if(const IsOver& is_over) {
        for (auto position = flows_.begin(); position != flows_.end();) {
            LivingFlow& flow = places_[*position];
            if (is_over(flow)) {
                position = flows_.erase(position); // which may ask for the tuple
                free(flow);
            } else {
                ++position;
            }
        }
    }

    [[nodiscard]] std::size_t size() const { return flows_.size(); }

  private:
    using Number = std::uint32_t;

    /// By its tuple. The table itself keeps but a part of the hash and where the flow is: it is looked into
    /// three times a flow, and a small one is more often in the cache.
    struct Hash {
        const LivingFlow* places = nullptr;
        std::size_t operator()(const Tuple& tuple) const { return std::hash<Tuple>()(tuple); }
        std::size_t operator()(Number number) const { return (*this)(places[number].tuple); } // NOLINT
    };
    struct Same {
        using is_transparent = void;
        const LivingFlow* places = nullptr;
        bool operator()(Number one, Number other) const { return one == other; }
        bool operator()(const Tuple& tuple, Number number) const {
            return tuple == places[number].tuple; // NOLINT: where the vector has it
        }
        bool operator()(Number number, const Tuple& tuple) const { return (*this)(tuple, number); }
    };
    constexpr static bool with_hash = true;
    constexpr static float load = 0.8F;
    using Flows = tsl::robin_set<Number, Hash, Same, std::allocator<Number>, with_hash>;

    /// Those that were given back are used again, the last first, which is still in the cache.
    Number free_place() {
        if (free_.empty()) {
            places_.emplace_back();
            return static_cast<Number>(places_.size() - 1);
        }
        const auto number = free_.back();
        free_.pop_back();
        constexpr std::size_t ahead = 4; // where one was taken, more will be
        if (free_.size() >= ahead) {
            fetch(places_[free_[free_.size() - ahead]]);
        }
        return number;
    }

    void free(LivingFlow& flow) {
        shares_.give_back(flow.share());
        flow = LivingFlow{};
        free_.push_back(static_cast<Number>(&flow - places_.data()));
    }

    std::vector<LivingFlow> places_;
    std::vector<Number> free_; ///< of `places_`
    Flows flows_;              ///< of `places_`
    FairShare shares_;
};

} // namespace fwlearn::collector
