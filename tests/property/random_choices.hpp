// Random records as servers have them, with systemd's units, programs that are looked at, names of one domain
// and many ports, and random wishes of the administrator: selectors, widenings, decisions. The same seed
// gives the same. Used by the tests of what holds whatever is asked for.
#pragma once

#include "random_record.hpp"

#include <analyzer/suggest.hpp>

namespace fwlearn::tests {

struct Choice {
    model::Record record;
    analyzer::SuggestOptions options; ///< with decisions by pattern, and by rule where `by_rule`
};

class RandomChoices {
  public:
    explicit RandomChoices(std::uint64_t seed) : world_(seed) {}

    /// Of at most `flows` flows.
    Choice choice(std::size_t flows, bool by_rule);

    RandomRecord& world() { return world_; }

  private:
    model::Record record(std::size_t flows);
    void give_process(model::Flow& flow, model::Identities& identities);
    model::Decision by_pattern(const model::Record& record);
    model::DecisionScope scope(const model::Record& record);
    void widen(model::Decision& decision, const model::Destination& near);

    RandomRecord world_;
};

/// The same record, its flows in another order and its identities with other numbers.
model::Record shuffled(const model::Record& record, std::mt19937_64& random);

/// The cgroup in which the flow's socket was made.
model::ForeignText cgroup_of(const model::FlowKey& key, const model::Identities& identities);

} // namespace fwlearn::tests
