// unseen_mass for who has the incidences already, which in a record of millions take longer than all else of
// it. Private to this room; called by coverage.
#pragma once

#include "analyzer/unseen_mass.hpp"
#include "incidences.hpp"

namespace fwlearn::analyzer {

/// `all` are those of all `days`.
UnseenMass unseen_mass(const model::Record& record, std::span<const ObservedDay> days, Incidences all);

} // namespace fwlearn::analyzer
