// Whether a whitelist admits a flow, by the name that its sender knew the destination by as well: a name that
// a rule has is admitted at whatever address it stands for when the flow begins. Fast on many flows. Judges
// nothing that a whitelist was made from: that is analyzer/verdict's, which shares no code with this. Private
// to this room; called by curve and would_deny.
#pragma once

#include <model/whitelist.hpp>

#include <map>
#include <set>
#include <unordered_map>

namespace fwlearn::analyzer {

class Admission {
  public:
    /// The whitelist must outlive it.
    explicit Admission(const model::Whitelist& whitelist);

    /// Fixed parts are not looked at: select() has left out what they admit.
    [[nodiscard]] bool admits(const model::FlowKey& key, const model::Identities& identities) const;

  private:
    /// The rules of one selector by protocol and service.
    struct OfSelector {
        std::unordered_map<std::uint32_t, std::vector<const model::Rule*>> by_service;
        std::vector<const model::Rule*> wide; ///< those with ranges
    };
    static bool admits(const OfSelector& rules, const model::Destination& destination,
                       const model::ForeignText& name);

    OfSelector any_;
    OfSelector kernel_;
    std::map<std::uint32_t, OfSelector> by_uid_;
    std::map<std::string, OfSelector, std::less<>> by_cgroup_;
};

} // namespace fwlearn::analyzer
