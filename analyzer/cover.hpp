// Third step: all that senders need of one protocol, as (sender, place, service) cells, covered by as few
// boxes as can be found: senders times places times services that hold these cells and nothing else. A box
// becomes a rule, and a person reads them all, so their number is what counts; docs/whitelist.md has the
// objective. Private to this room; called by suggest.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <vector>

namespace fwlearn::analyzer {

inline constexpr std::size_t cover_axes = 3;

/// Positions in three lists of the caller's: senders, places, services.
using Cell = std::array<std::uint32_t, cover_axes>;

/// All combinations of a sender, a place and a service; each list ascending.
using Box = std::array<std::vector<std::uint32_t>, cover_axes>;

/// `cells` ascending, none twice. Every cell is in a box, every box holds cells alone, no box can go, and no
/// two together are a box. Boxes may overlap. Ascending. The fewest there are, where the cells that hang
/// together are few enough to try all; else few. The same cells give the same boxes. n log n in the number of
/// cells.
std::vector<Box> cover(std::span<const Cell> cells);

} // namespace fwlearn::analyzer
