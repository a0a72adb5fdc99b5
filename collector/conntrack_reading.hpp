// What conntrack knows of flows, read and told to the flow tracker: how each ends, and every so often its
// whole table, which says what lives and has come to what. Tells the losses what was lost. Knows nothing of
// who sends. Asked by the observer.
#pragma once

#include "collector/conntrack.hpp"
#include "collector/flow_tracker.hpp"
#include "collector/local_addresses.hpp"
#include "load.hpp"
#include "losses.hpp"
#include "settling.hpp"

#include <chrono>
#include <functional>
#include <span>
#include <vector>

namespace fwlearn::collector {

class ConntrackReading {
  public:
    /// All of them outlive it.
    ConntrackReading(ConntrackEvents& events, LocalAddresses& local, FlowTracker& tracker, Settling& settling,
                     Losses& losses, Load& load)
        : events_(events), local_(local), tracker_(tracker), settling_(settling), losses_(losses),
          load_(load) {}

    /// Some dozens of ends. True: there may be more.
    bool read_some(const Now& now);
    /// The whole table, and the ends that came meanwhile, for as long as `longest` behind it. Returns when it
    /// was done.
    Now dump(std::chrono::steady_clock::duration longest) { return dump(longest, {}); }
    /// The first one, in which all that nobody knows is from before: asked of each that began here, whether
    /// it is one of those of which nothing more is known.
    using OfBefore = std::function<bool(const ConntrackEntry&, const Now&)>;
    Now dump(std::chrono::steady_clock::duration longest, const OfBefore& of_before);
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
    Settling& settling_;
    Losses& losses_;
    Load& load_;
    /// How often the table is read, unless that takes long.
    static constexpr std::chrono::minutes dump_period{1};
    std::chrono::steady_clock::duration pause_ = dump_period; ///< until the next dump
    bool events_are_off_ = false;                             ///< when the last one was made
};

} // namespace fwlearn::collector
