// Who sends: finds the process behind a logged packet by the tuple of its flow, by the best means that the
// kernel allows. Knows nothing of tasks, of the record or of NFLOG. Asked by the observer for every first
// packet.
#pragma once

#include "collector/process/lineage.hpp"
#include "collector/tuple.hpp"

#include <model/record.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace fwlearn::collector::process {

/// What is known of one flow's sender. The numbers are this attributor's own, and only good for lineage().
struct Sighting {
    std::uint64_t actor = 0; ///< whose doing the packet was; 0: not known
    /// Who made the socket, which is what selectors in the kernel mean; 0: not known.
    std::uint64_t creator = 0;
    bool kernel = false; ///< the actor is the kernel itself
    model::Attribution attribution = model::Attribution::unknown;
    std::optional<std::chrono::steady_clock::time_point> filed; ///< when, where that is known
};

/// A time by the monotonic clock; absent: now.
using Moment = std::optional<std::chrono::steady_clock::time_point>;

class Attributor {
  public:
    /// Takes the best means up to `best`. Never throws for want of privilege or of kernel support:
    /// why_not_better() tells.
    explicit Attributor(model::AttributionMeans best = model::AttributionMeans::bpf);
    ~Attributor();
    Attributor(const Attributor&) = delete;
    Attributor& operator=(const Attributor&) = delete;

    [[nodiscard]] model::AttributionMeans means() const;
    /// One line; empty with the best means.
    [[nodiscard]] const std::string& why_not_better() const;

    /// Of a flow that left the network namespace of the calling thread. Nothing: nobody was filed for it, or
    /// not yet.
    /// `not_after`: who had the flow's ports then, where somebody else may have them since. Only the best
    /// means knows the difference.
    std::optional<Sighting> find(const Tuple& tuple, Moment not_after = std::nullopt);
    /// To be told that nobody was found for a flow for good: counted where that may be for want of room.
    void give_up();
    /// Nothing: it is not known any more.
    std::optional<Lineage> lineage(std::uint64_t number);

    /// To be called every second or so: what is known of processes that live does not make room for what is
    /// filed of others.
    void keep_living();

    /// Named counts since the start: what was filed, what could not be.
    [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> counters() const;

    /// How often since the start there was no room for what the kernel's side had to file, or not for long
    /// enough.
    [[nodiscard]] std::uint64_t not_filed() const;

    struct Source; ///< one of the means

  private:
    std::unique_ptr<Source> source_;
    model::AttributionMeans means_ = model::AttributionMeans::none;
    std::string why_not_better_;
};

} // namespace fwlearn::collector::process
