// What the administrator has decided, made to count: by pattern while rules are made, by rule on those that
// are finished. Remembers which decisions concerned anything.
// Private to this room; called by select, rules and suggest. Reads no file.
#pragma once

#include "agreement.hpp"

#include <unordered_map>

namespace fwlearn::analyzer {

class Decided {
  public:
    /// Both must outlive it.
    Decided(const model::Record& record, const std::vector<model::Decision>& decisions);

    /// The last allow or deny by pattern that concerns the flow; nullptr: none. It and those that it
    /// overrules count as used.
    const model::Decision* on(const model::Flow& flow);

    /// The widenings by pattern that concern the flow and to whose prefix or ports it goes; they count as
    /// used.
    std::vector<const model::Decision*> widenings_of(const model::Flow& flow);

    /// Decisions by rule, and words (rename, comment) by pattern, in their order. A rule is known by the id
    /// that it has, and by those that it had before it was widened here. Of allow and deny the last counts.
    /// Rules change places: to be put in order afterwards.
    void settle(model::Whitelist& whitelist);

    /// Those that concerned nothing, in their order.
    [[nodiscard]] std::vector<model::Decision> unmatched() const;

  private:
    /// A decision by pattern, by its position in decisions_.
    struct Pattern {
        std::size_t decision = 0;
        Agreement agreement;
    };
    [[nodiscard]] static std::vector<Pattern>
    patterns_of(const model::Record& record, const std::vector<model::Decision>& decisions,
                std::initializer_list<model::DecisionAction> actions);

    const model::Record& record_;
    const std::vector<model::Decision>& decisions_;
    std::vector<bool> used_;
    std::vector<Pattern> verdicts_;
    // Positions in verdicts_, ascending: those for one address by it, all others. A question about a scan is
    // answered by many of the former, which would else be asked of every flow.
    std::unordered_map<model::Address, std::vector<std::size_t>> of_address_;
    std::vector<std::size_t> of_many_;
    std::vector<Pattern> widenings_;
};

} // namespace fwlearn::analyzer
