// The fewest boxes that cover a handful of cells, by search among all maximal boxes (a set cover by branch
// and bound). Private to this room; called by cover, which cuts the cells into pieces that are small enough.
#pragma once

#include "cover.hpp"

#include <optional>

namespace fwlearn::analyzer {

/// Pieces of more cells than these are not tried.
inline constexpr std::size_t most_cells_to_search = 512;

/// `cells` ascending, none twice. Better than `known` boxes, or nothing: there is none, or it was not found
/// within `steps`, from which what was used is taken. No box can go; two may together be a box only when
/// `steps` were used up.
std::optional<std::vector<Box>> fewer_boxes(std::span<const Cell> cells, std::size_t known,
                                            std::size_t& steps);

} // namespace fwlearn::analyzer
