// The flows that are being followed, and who has how many of the places. Bounded, shared fairly between
// users, and nothing is allocated for a flow. Knows nothing of how log and conntrack are joined. Kept by the
// flow tracker.
#pragma once

#include "collector/fair_share.hpp"
#include "large_pages.hpp"
#include "living_flow.hpp"
#include "place_index.hpp"

#include <array>
#include <span>
#include <vector>

namespace fwlearn::collector {

class LivingFlows {
  public:
    explicit LivingFlows(std::size_t most) : shares_(most) {
        places_.reserve(most); // so that none moves; what is not used is not touched
    }

    /// Brings what is kept of them, FlowTracker::together at most, into the processor's cache, and does not
    /// wait for the last of that.
    void fetch(std::span<const Tuple* const> tuples) const {
        std::array<std::size_t, FlowTracker::together> hashes{};
        for (std::size_t index = 0; index < tuples.size(); ++index) {
            hashes.at(index) = hash_of(*tuples[index]);
            index_.fetch(hashes.at(index));
        }
        for (std::size_t index = 0; index < tuples.size(); ++index) {
            // By its hash alone: to see whether it is the one would be to wait for it.
            const auto number = index_.find(hashes.at(index), [](auto) { return true; });
            if (number != PlaceIndex::none) {
                fetch(places_[number]);
            }
        }
    }
    /// The same of one that is followed, and its hash.
    void fetch(const LivingFlow& flow, std::size_t hash) const {
        index_.fetch(hash);
        fetch(flow);
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
        const auto number = index_.find(hash_of(tuple), Has{places_, tuple});
        return number == PlaceIndex::none ? nullptr : &places_[number];
    }

    /// One that is not there yet; nullptr where there is no room for one more of this share.
    LivingFlow* add(const Tuple& tuple, std::uint64_t share) {
        if (!shares_.take(share)) {
            return nullptr;
        }
        const auto number = free_place();
        LivingFlow& flow = places_[number];
        flow.tuple = tuple;
        flow.followed = true;
        flow.take_of(share);
        flow.begin_anew();
        index_.insert(hash_of(tuple), number);
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
        const auto number = static_cast<PlaceIndex::Number>(&flow - places_.data());
        index_.erase(hash_of(flow.tuple), [number](PlaceIndex::Number other) { return other == number; });
        shares_.give_back(flow.share());
        flow.rare.reset();
        flow.followed = false; // all else stays until it is another's
        free_.push_back(number);
    }

    /// Calls `is_over(flow)` for each, and removes those for which it says true.
    template <typename IsOver>
    void remove_if(const IsOver& is_over) {
        for (auto& flow : places_) {
            if (flow.followed && is_over(flow)) {
                remove(flow);
            }
        }
    }

    [[nodiscard]] std::size_t size() const { return index_.size(); }

    static std::size_t hash_of(const Tuple& tuple) { return std::hash<Tuple>()(tuple); }

  private:
    using Places = std::vector<LivingFlow, LargePages<LivingFlow>>;

    /// Whether the place of a number has this tuple.
    struct Has {
        const Places& places;
        const Tuple& tuple;
        bool operator()(PlaceIndex::Number number) const { return places[number].tuple == tuple; }
    };

    /// Those that were given back are used again, the last first, which is still in the cache.
    PlaceIndex::Number free_place() {
        if (free_.empty()) {
            places_.emplace_back();
            return static_cast<PlaceIndex::Number>(places_.size() - 1);
        }
        const auto number = free_.back();
        free_.pop_back();
        constexpr std::size_t ahead = 4; // where one was taken, more will be
        if (free_.size() >= ahead) {
            fetch(places_[free_[free_.size() - ahead]]);
        }
        return number;
    }

    Places places_;
    std::vector<PlaceIndex::Number> free_; ///< of `places_`
    PlaceIndex index_;                     ///< of `places_`, by their tuples
    FairShare shares_;
};

} // namespace fwlearn::collector
