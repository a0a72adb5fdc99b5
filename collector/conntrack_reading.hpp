// What conntrack knows of flows, read and told to the flow tracker: how each ends, and every so often its
// whole table, which says what lives and has come to what. Tells the losses what was lost. Knows nothing of
// who sends. Asked by the observer.
#pragma once

#include "collector/conntrack.hpp"
#include "collector/flow_tracker.hpp"
#include "collector/local_addresses.hpp"
#include "load.hpp"
#include "losses.hpp"

#include <chrono>
#include <span>
#include <vector>

namespace fwlearn::collector {

class ConntrackReading {
  public:
    /// All of them outlive it.
    ConntrackReading(ConntrackEvents& events, LocalAddresses& local, FlowTracker& tracker, Losses& losses,
                     Load& load)
        : events_(events), local_(local), tracker_(tracker), losses_(losses), load_(load) {}

    /// Some dozens of ends. True: there may be more.
    bool read_some(const Now& now);
    /// The whole table, and the ends that came meanwhile, for as long as `longest` behind it. Returns when it
    /// was done.
    Now dump(std::chrono::steady_clock::duration longest);
    /// Something was lost that the table makes up for, or the last time is long ago.
    [[nodiscard]] bool dump_is_due(const Now& now) const;

  private:
    [[nodiscard]] bool begins_here(const Tuple& tuple) const;
    /// FlowTracker::together of them at most.
    void take(std::span<const ConntrackEntry> ended, const Now& now);
    template <typename Take>
    bool read_some(const Now& now, const Take& take);
    /// Reads all that there is, and does nothing with it yet.
    void hold(std::vector<ConntrackEntry>& ended, const Now& now);
    void look_whether_ends_are_told(const Now& now);

    ConntrackEvents& events_;
    LocalAddresses& local_;
    FlowTracker& tracker_;
    Losses& losses_;
    Load& load_;
    /// How often the table is read, unless that takes long.
    static constexpr std::chrono::minutes dump_period{1};
    std::chrono::steady_clock::duration pause_ = dump_period; ///< until the next dump
    bool events_are_off_ = false;                             ///< when the last one was made
};

} // namespace fwlearn::collector
