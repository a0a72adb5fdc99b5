// Third step: the (place, service) pairs of one selector and protocol as few rectangles, places times
// services, that admit these pairs and nothing else. A place is an address or a name.
// Private to this room; called by suggest.
#pragma once

#include <model/service.hpp>

#include <span>
#include <vector>

namespace fwlearn::analyzer {

/// Its position in a list of the caller's, whose order it takes.
enum class Place : std::uint32_t {};

struct Rectangle {
    std::vector<Place> places;          ///< ascending
    std::vector<std::uint16_t> details; ///< ascending; Service::detail
};

struct Grouped {
    std::vector<Rectangle> rectangles; ///< a partition of the pairs
    std::vector<std::size_t> of_pair;  ///< for each pair given, the rectangle that holds it
};

struct Pair {
    std::uint16_t detail = 0;
    Place place{};
    auto operator<=>(const Pair&) const = default;
};

/// Pairs are ascending and may repeat. Either services with the same places are put together, or places
/// with the same services, whichever gives fewer rectangles (the former on a tie). In both no two rectangles
/// can be merged without admitting a pair more: they would have to agree in one side, and then are one.
Grouped group(std::span<const Pair> pairs);

} // namespace fwlearn::analyzer
