// Second step: the (address, service) pairs of one selector and protocol as few rectangles, addresses times
// services, that admit these pairs and nothing else.
// Private to this room; called by suggest.
#pragma once

#include <model/service.hpp>

#include <span>
#include <vector>

namespace fwlearn::analyzer {

struct Rectangle {
    std::vector<model::Address> addresses; ///< ascending
    std::vector<std::uint16_t> details;    ///< ascending; Service::detail
};

struct Grouped {
    std::vector<Rectangle> rectangles; ///< a partition of the pairs
    std::vector<std::size_t> of_pair;  ///< for each pair given, the rectangle that holds it
};

struct Pair {
    std::uint16_t detail = 0;
    model::Address address;
    auto operator<=>(const Pair&) const = default;
};

/// Pairs are ascending and may repeat. Either services with the same addresses are put together, or addresses
/// with the same services, whichever gives fewer rectangles (the former on a tie). In both no two rectangles
/// can be merged without admitting a pair more: they would have to agree in one side, and then are one.
Grouped group(std::span<const Pair> pairs);

} // namespace fwlearn::analyzer
