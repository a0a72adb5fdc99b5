// Reads which messages `observe` shall throw away on purpose. Private to this room; used by observe.
#pragma once

#include <collector/nflog.hpp>

#include <string_view>

namespace fwlearn::cli {

/// "1/100": every hundredth; "3/10": three of each ten. Throws model::UsageError.
collector::SimulatedDrops parse_simulated_drops(std::string_view text);

} // namespace fwlearn::cli
