// Whether rules admit a flow, by the name of its destination as well: a name that a rule has is admitted at
// whatever address it stands for when the flow begins. Fast on many flows and many rules.
// Judges nothing that a whitelist was made from: that is analyzer/verdict's, which shares no code with this.
// Private to this room; called by curve, would_deny and audit.
#pragma once

#include "rule_places.hpp"

namespace fwlearn::analyzer {

class Admission {
  public:
    /// The rules must outlive it.
    explicit Admission(std::span<const model::Rule> rules) : rules_(rules), places_(rules) {}

    /// Fixed parts are not looked at. `name` is the one that the destination is proven to have, as
    /// Places::name_of() gives it; nullptr: none.
    [[nodiscard]] bool admits(const model::FlowKey& key, const model::Identities& identities,
                              const model::ForeignText* name) const;

    [[nodiscard]] const RulePlaces& places() const { return places_; }

  private:
    std::span<const model::Rule> rules_;
    RulePlaces places_;
};

} // namespace fwlearn::analyzer
