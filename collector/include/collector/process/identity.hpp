// From a process as it was to the identity that is stored: what two runs of the same job have in common, with
// secrets taken out. Pure. Asked by the observer, once for each sender that the attributor numbers.
#pragma once

#include "collector/process/lineage.hpp"

#include <model/process.hpp>

namespace fwlearn::collector::process {

/// The script that an interpreter (sh, bash, dash, python3, perl, ruby, php, node...) was told to run, by
/// path as it was given; empty for anything else, and for a command line of its own (-c, -e, -m).
model::ForeignText script_of(const Program& program);

/// A unit's name with what only counts runs as `*`: session-12.scope is session-*.scope. A number in a name
/// that an administrator chose stays.
model::ForeignText stable_unit(const model::ForeignText& unit);

model::Process identity_of(const Lineage& lineage);

} // namespace fwlearn::collector::process
