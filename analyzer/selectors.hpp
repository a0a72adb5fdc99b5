// By what each flow's sender is selected: the user, or the systemd unit, whichever tells the sender apart as
// finely as the kernel can and lasts. docs/whitelist.md has the rules.
// Private to this room; called by select.
#pragma once

#include "analyzer/suggest.hpp"

#include <map>
#include <optional>
#include <set>
#include <tuple>

namespace fwlearn::analyzer {

/// The unit whose cgroup will be there again, under the same path, whenever the unit runs: a service of the
/// system's own manager. Nothing for scopes (sessions, containers), transient services, units of users'
/// managers and what is in no unit. `cgroup` is as /proc/PID/cgroup has it.
std::optional<model::Selector> lasting_unit(const model::ForeignText& cgroup);

class Selectors {
  public:
    Selectors(const model::Record& record, SelectorMode mode);

    /// Its position in all().
    [[nodiscard]] std::uint32_t of(const model::FlowKey& key) const;
    [[nodiscard]] const std::vector<model::Selector>& all() const { return all_; } ///< ascending

  private:
    [[nodiscard]] model::Selector choose(const model::FlowKey& key) const;
    [[nodiscard]] const std::optional<model::Selector>& unit_of(const model::FlowKey& key) const;
    void find_shared_users();

    /// What the choice depends on.
    using Sender = std::tuple<model::OwnerKind, std::uint32_t, std::uint32_t>;
    [[nodiscard]] Sender sender_of(const model::FlowKey& key) const;

    const model::Record& record_;
    SelectorMode mode_;
    std::vector<std::optional<model::Selector>> units_; ///< by process
    std::vector<std::uint32_t> unit_numbers_;           ///< by process: equal for the same unit; 0 for none
    std::set<std::uint32_t> shared_;                    ///< users whom several units' different programs have
    std::vector<model::Selector> all_;
    std::map<Sender, std::uint32_t> of_sender_;
};

} // namespace fwlearn::analyzer
