// Boxes by joining: cells, and then boxes, that agree on two axes become one, until no two do. They do not
// overlap. Fast on any number of cells, and seldom many more than the fewest.
// Private to this room; called by cover.
#pragma once

#include "cover.hpp"

namespace fwlearn::analyzer {

/// Of the orders in which the axes can be joined, the one that leaves the fewest. `cells` ascending, none
/// twice.
std::vector<Box> joined_boxes(std::span<const Cell> cells);

/// Joins those of `boxes` that together are a box. They may overlap.
std::vector<Box> join_boxes(std::vector<Box> boxes);

} // namespace fwlearn::analyzer
