// The systemd units that a rule can select, of those that sent anything: what `apply --unit` can lock first.
// Pure. Called by cli.
#pragma once

#include <model/record.hpp>
#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// Ascending, none twice, each of SelectorKind::unit.
std::vector<model::Selector> recorded_units(const model::Record& record);

} // namespace fwlearn::analyzer
