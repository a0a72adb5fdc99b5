// What is to be known of a new flow before it counts: who sent it, and by which name its sender knows the
// destination. Either may come a moment after the packet; then the flow waits, and is given up in the end.
// Knows nothing of where packets come from. Kept by the observer.
#pragma once

#include "collector/flow_tracker.hpp"
#include "collector/process/senders.hpp"
#include "name_numbers.hpp"
#include "names/names.hpp"
#include "waiting_flows.hpp"

namespace fwlearn::collector {

class Settling {
  public:
    /// All of them outlive it. Flows that are known go to the tracker.
    Settling(process::Senders& senders, names::Names& names, FlowTracker& tracker,
             model::Identities& identities)
        : senders_(senders), names_(names), tracker_(tracker), identities_(identities) {}

    /// A flow's first packet was logged now; `sender` has owner, interface and verdict.
    void logged(const Tuple& tuple, const LivingSender& sender, const Now& now);
    /// Looks again at those of which it is time.
    void look_again(const Now& now);
    /// Whether any flow waits.
    [[nodiscard]] bool has_any() const { return !waiting_.empty(); }
    /// The flow must be known at once, because its end is about to be told; it says no name any more.
    void settle(const Tuple& tuple, const Now& now);
    /// Nothing more will be said or found: what waits, waits no more.
    void finish(const Now& now);

    /// Since the start: names of flows for which there was no room.
    [[nodiscard]] std::uint64_t names_left_out() const { return name_numbers_.left_out(); }

  private:
    /// Hands the flow on when nothing is missing, or when it has waited long enough. `for_good`: the sender
    /// will not be found later.
    bool settle(const Tuple& tuple, WaitingFlow& flow, const Now& now, bool for_good,
                bool wait_for_name = true, bool is_behind = false);
    bool give_name(const Tuple& tuple, WaitingFlow& flow);
    void hear_names(const Now& now);
    void use_name(Sender& sender, const std::string& name, model::BindingSource source);

    process::Senders& senders_;
    names::Names& names_;
    FlowTracker& tracker_;
    model::Identities& identities_;
    NameNumbers name_numbers_;
    WaitingFlows waiting_;
    bool finished_ = false;
};

} // namespace fwlearn::collector
