// The fewest boxes that cover a handful of cells, by search among all maximal boxes (a set cover by branch
// and bound). Private to this room; called by cover, which cuts the cells into pieces that are small enough.
#pragma once

#include "cover.hpp"

#include <algorithm>
#include <optional>

namespace fwlearn::analyzer {

/// Pieces of more cells than these are not tried.
inline constexpr std::size_t most_cells_to_search = 512;

/// Work that may still be done, counted in machine words of sets that are looked at: the same on every
/// machine, as time is not.
class Allowance {
  public:
    explicit Allowance(std::uint64_t words) : left_(words) {}

    /// False when it is used up.
    bool spend(std::uint64_t words) {
        left_ -= std::min(left_, words);
        return left_ > 0;
    }
    [[nodiscard]] bool is_used_up() const { return left_ == 0; }
    [[nodiscard]] std::uint64_t left() const { return left_; }

  private:
    std::uint64_t left_;
};

/// `cells` ascending, none twice. Better than `known` boxes, or nothing: there is none, or it was not found
/// within what is allowed, from which what was used is taken. No box can go; two may together be a box only
/// when all was used up.
std::optional<std::vector<Box>> fewer_boxes(std::span<const Cell> cells, std::size_t known,
                                            Allowance& allowed);

} // namespace fwlearn::analyzer
