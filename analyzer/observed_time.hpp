// When somebody observed, and of that what nothing is known to be lost of. A gap is never hidden: it is time
// that was not observed. Pure; knows no flow. Asked by coverage, the ledger and the objections.
#pragma once

#include <model/record.hpp>

#include <chrono>
#include <vector>

namespace fwlearn::analyzer {

/// Half open.
struct Stretch {
    model::Timestamp from;
    model::Timestamp to;
};

/// Whether flows of the gap's time may be missing. Who did not run at one time may have been stood in for by
/// an imported file; a file that could not be read whole says nothing of when its missing lines were; a flow
/// of which the sender was not filed is there.
bool may_hide_flows(const model::CaptureGap& gap);

class ObservedTime {
  public:
    /// While an observer ran, or an imported file tells, events lost or not.
    static ObservedTime watched(const model::Record& record);
    /// The same without the gaps that may hide flows.
    static ObservedTime sound(const model::Record& record);

    /// Ascending, none touching the next.
    [[nodiscard]] const std::vector<Stretch>& stretches() const { return stretches_; }
    [[nodiscard]] bool empty() const { return stretches_.empty(); }
    /// How much of [from, to).
    [[nodiscard]] std::chrono::milliseconds within(model::Timestamp from, model::Timestamp to) const;
    [[nodiscard]] std::chrono::milliseconds sum() const;

  private:
    explicit ObservedTime(std::vector<Stretch> stretches);

    std::vector<Stretch> stretches_;
};

} // namespace fwlearn::analyzer
