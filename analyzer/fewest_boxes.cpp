#include "fewest_boxes.hpp"

#include <algorithm>
#include <bit>
#include <set>

namespace fwlearn::analyzer {
namespace {

/// A set of small numbers.
class Bits {
  public:
    Bits() = default;
    explicit Bits(std::size_t size) : words_((size + 63) / 64) {}

    void set(std::size_t bit) { words_[bit / 64] |= std::uint64_t{1} << (bit % 64); }
    void reset(std::size_t bit) { words_[bit / 64] &= ~(std::uint64_t{1} << (bit % 64)); }
    [[nodiscard]] bool test(std::size_t bit) const { return (words_[bit / 64] >> (bit % 64) & 1U) != 0; }
    [[nodiscard]] bool none() const {
        return std::all_of(words_.begin(), words_.end(), [](auto word) { return word == 0; });
    }
    [[nodiscard]] std::size_t count() const {
        std::size_t sum = 0;
        for (const auto word : words_) {
            sum += static_cast<std::size_t>(std::popcount(word));
        }
        return sum;
    }
    /// How many of these are in the other as well.
    [[nodiscard]] std::size_t shared_with(const Bits& other) const {
        std::size_t sum = 0;
        for (std::size_t index = 0; index < words_.size(); ++index) {
            sum += static_cast<std::size_t>(std::popcount(words_[index] & other.words_[index]));
        }
        return sum;
    }
    [[nodiscard]] bool is_within(const Bits& other) const {
        for (std::size_t index = 0; index < words_.size(); ++index) {
            if ((words_[index] & ~other.words_[index]) != 0) {
                return false;
            }
        }
        return true;
    }
    Bits& operator&=(const Bits& other) {
        for (std::size_t index = 0; index < words_.size(); ++index) {
            words_[index] &= other.words_[index];
        }
        return *this;
    }
    Bits& operator|=(const Bits& other) {
        for (std::size_t index = 0; index < words_.size(); ++index) {
            words_[index] |= other.words_[index];
        }
        return *this;
    }
    void remove(const Bits& other) {
        for (std::size_t index = 0; index < words_.size(); ++index) {
            words_[index] &= ~other.words_[index];
        }
    }
    template <typename Use>
    void each(Use&& use) const {
        for (std::size_t index = 0; index < words_.size(); ++index) {
            for (auto word = words_[index]; word != 0; word &= word - 1) {
                use(index * 64 + static_cast<std::size_t>(std::countr_zero(word)));
            }
        }
    }
    /// What looking at all of it costs.
    [[nodiscard]] std::size_t words() const { return words_.size(); }
    auto operator<=>(const Bits&) const = default;

  private:
    std::vector<std::uint64_t> words_;
};

/// More maximal boxes than these are not looked at.
constexpr std::size_t most_boxes = 6000;

/// All intersections of some of these that are not empty; nothing where there are too many.
std::optional<std::set<Bits>> intersections(const std::vector<Bits>& sets, Allowance& allowed) {
    constexpr std::size_t look_up = 16; // a set of a few thousand
    std::set<Bits> closed;
    for (const auto& one : sets) {
        if (!allowed.spend((closed.size() + 1) * (one.words() + look_up))) {
            return std::nullopt;
        }
        std::vector<Bits> found{one};
        for (const auto& other : closed) {
            found.push_back(other);
            found.back() &= one;
        }
        for (auto& set : found) {
            if (!set.none()) {
                closed.insert(std::move(set));
            }
        }
        if (closed.size() > most_boxes) {
            return std::nullopt;
        }
    }
    return closed;
}

/// The cells as numbers from 0 on each axis, the axis with the fewest values first.
class Piece {
  public:
    explicit Piece(std::span<const Cell> cells) : cells_(cells.begin(), cells.end()) {
        std::array<std::size_t, cover_axes> sizes{};
        for (std::size_t axis = 0; axis < cover_axes; ++axis) {
            std::set<std::uint32_t> values;
            for (const auto& cell : cells_) {
                values.insert(cell[axis]);
            }
            values_[axis].assign(values.begin(), values.end());
            sizes[axis] = values.size();
        }
        std::sort(order_.begin(), order_.end(), [&sizes](auto one, auto other) {
            return std::pair(sizes[one], one) < std::pair(sizes[other], other);
        });
        const auto planes = size(1) * size(2);
        planes_.assign(size(0), Bits(planes));
        for (const auto& cell : cells_) {
            planes_[index(cell, 0)].set(index(cell, 1) * size(2) + index(cell, 2));
        }
    }

    /// Those that are in no other, each as the set of its cells' positions; nothing where there are too many.
    [[nodiscard]] std::optional<std::vector<Bits>> maximal_boxes(Allowance& allowed) const {
        const auto layers = intersections(planes_, allowed);
        if (!layers) {
            return std::nullopt;
        }
        std::set<Bits> boxes;
        for (const auto& layer : *layers) {
            std::vector<Bits> rows(size(1), Bits(size(2)));
            layer.each([&](auto bit) { rows[bit / size(2)].set(bit % size(2)); });
            const auto extents = intersections(rows, allowed);
            if (!extents) {
                return std::nullopt;
            }
            for (const auto& extent : *extents) {
                if (!allowed.spend(cost_of_box())) {
                    return std::nullopt;
                }
                add_box(layer, rows, extent, boxes);
            }
            if (boxes.size() > most_boxes) {
                return std::nullopt;
            }
        }
        return std::vector<Bits>(boxes.begin(), boxes.end());
    }

    [[nodiscard]] Box box_of(const Bits& positions) const {
        std::array<std::set<std::uint32_t>, cover_axes> values;
        positions.each([&](auto position) {
            for (std::size_t axis = 0; axis < cover_axes; ++axis) {
                values[axis].insert(cells_[position][axis]);
            }
        });
        Box box;
        for (std::size_t axis = 0; axis < cover_axes; ++axis) {
            box[axis].assign(values[axis].begin(), values[axis].end());
        }
        return box;
    }

    [[nodiscard]] std::size_t cells() const { return cells_.size(); }

  private:
    [[nodiscard]] std::size_t size(std::size_t rank) const { return values_[order_[rank]].size(); }
    [[nodiscard]] std::size_t index(const Cell& cell, std::size_t rank) const {
        const auto& values = values_[order_[rank]];
        return static_cast<std::size_t>(std::lower_bound(values.begin(), values.end(), cell[order_[rank]]) -
                                        values.begin());
    }

    /// Of add_box: rows, planes and the positions of the cells.
    [[nodiscard]] std::size_t cost_of_box() const {
        constexpr std::size_t per_cell = 8; // half of them, each looked up among all
        return size(1) + size(0) * 2 * (1 + size(1) * size(2) / 64) + cells_.size() * per_cell;
    }

    /// The box of the rows that hold `extent`, in all planes that hold them, unless more planes do than hold
    /// the layer: then it is another layer's.
    void add_box(const Bits& layer, const std::vector<Bits>& rows, const Bits& extent,
                 std::set<Bits>& boxes) const {
        Bits area(size(1) * size(2));
        for (std::size_t row = 0; row < rows.size(); ++row) {
            if (extent.is_within(rows[row])) {
                extent.each([&](auto column) { area.set(row * size(2) + column); });
            }
        }
        std::vector<std::size_t> holding;
        for (std::size_t plane = 0; plane < planes_.size(); ++plane) {
            if (area.is_within(planes_[plane])) {
                if (!layer.is_within(planes_[plane])) {
                    return;
                }
                holding.push_back(plane);
            }
        }
        Bits positions(cells_.size());
        for (const auto plane : holding) {
            area.each([&](auto bit) { positions.set(position(plane, bit / size(2), bit % size(2))); });
        }
        boxes.insert(std::move(positions));
    }

    [[nodiscard]] std::size_t position(std::size_t plane, std::size_t row, std::size_t column) const {
        Cell cell{};
        cell[order_[0]] = values_[order_[0]][plane];
        cell[order_[1]] = values_[order_[1]][row];
        cell[order_[2]] = values_[order_[2]][column];
        return static_cast<std::size_t>(std::lower_bound(cells_.begin(), cells_.end(), cell) -
                                        cells_.begin());
    }

    std::vector<Cell> cells_;
    std::array<std::vector<std::uint32_t>, cover_axes> values_;
    std::array<std::size_t, cover_axes> order_{0, 1, 2}; ///< axes, the shortest first
    std::vector<Bits> planes_;                           ///< for each value of the first: what is in it
};

/// The fewest of `boxes` that together hold all cells.
class Search {
  public:
    Search(const std::vector<Bits>& boxes, std::size_t cells, std::size_t known, Allowance& allowed)
        : boxes_(boxes), best_size_(known), allowed_(allowed), holding_(cells), beside_(cells, Bits(cells)) {
        for (std::size_t box = 0; box < boxes.size(); ++box) {
            boxes[box].each([&](auto cell) {
                holding_[cell].push_back(box);
                beside_[cell] |= boxes[box];
            });
        }
    }

    /// Empty: none of fewer than were known.
    std::vector<std::size_t> run() {
        Bits open(holding_.size());
        for (std::size_t cell = 0; cell < holding_.size(); ++cell) {
            open.set(cell);
        }
        if (drop_implied(open)) {
            go_greedily(open);
            descend(open);
        }
        return best_;
    }

  private:
    /// A cell need not be looked at where every box that holds another cell holds it too.
    /// False when that was too much work.
    bool drop_implied(Bits& open) {
        std::vector<Bits> boxes_of(holding_.size(), Bits(boxes_.size()));
        for (std::size_t cell = 0; cell < holding_.size(); ++cell) {
            for (const auto box : holding_[cell]) {
                boxes_of[cell].set(box);
            }
        }
        for (std::size_t cell = 0; cell < holding_.size(); ++cell) {
            if (!allowed_.spend(beside_[cell].count() * boxes_of[cell].words())) {
                return false;
            }
            bool implied = false;
            beside_[cell].each([&](auto other) {
                implied = implied ||
                          (other != cell && open.test(other) && boxes_of[other].is_within(boxes_of[cell]) &&
                           (boxes_of[other] != boxes_of[cell] || other < cell));
            });
            if (implied) {
                open.reset(cell);
            }
        }
        return true;
    }

    void go_greedily(Bits open) {
        std::vector<std::size_t> taken;
        while (!open.none()) {
            if (!allowed_.spend(boxes_.size() * open.words())) {
                return;
            }
            std::size_t best = 0;
            std::size_t most = 0;
            for (std::size_t box = 0; box < boxes_.size(); ++box) {
                if (const auto gain = boxes_[box].shared_with(open); gain > most) {
                    most = gain;
                    best = box;
                }
            }
            taken.push_back(best);
            open.remove(boxes_[best]);
        }
        keep(taken);
    }

    void keep(const std::vector<std::size_t>& taken) {
        if (taken.size() < best_size_) {
            best_size_ = taken.size();
            best_ = taken;
        }
    }

    /// So many boxes are needed at least: cells of which no two are in one box. Gives the first of them.
    [[nodiscard]] std::pair<std::size_t, std::size_t> bound(const Bits& open) {
        Bits left = open;
        std::size_t count = 0;
        std::size_t first = 0;
        while (!left.none()) {
            allowed_.spend(left.count() * (1 + left.words()));
            std::size_t next = 0;
            std::size_t fewest = boxes_.size() + 1;
            std::size_t neighbours = 0;
            left.each([&](auto cell) {
                const auto boxes = holding_[cell].size();
                if (boxes > fewest) {
                    return;
                }
                const auto beside = beside_[cell].shared_with(left);
                if (boxes < fewest || beside < neighbours) {
                    fewest = boxes;
                    neighbours = beside;
                    next = cell;
                }
            });
            first = count == 0 ? next : first;
            left.remove(beside_[next]);
            ++count;
        }
        return {count, first};
    }

    void descend(const Bits& open) {
        if (open.none()) {
            keep(taken_);
            return;
        }
        if (allowed_.is_used_up()) {
            return;
        }
        const auto [least, cell] = bound(open);
        if (taken_.size() + least >= best_size_) {
            return;
        }
        // Boxes that hold nothing that another of them does not hold: the widest first, so that the others
        // fall.
        std::vector<std::pair<std::size_t, std::size_t>> candidates;
        for (const auto box : holding_[cell]) {
            candidates.emplace_back(boxes_[box].shared_with(open), box);
        }
        std::sort(candidates.begin(), candidates.end(), [](const auto& one, const auto& other) {
            return std::pair(other.first, one.second) < std::pair(one.first, other.second);
        });
        std::vector<Bits> tried;
        for (const auto& [gain, box] : candidates) {
            allowed_.spend((2 + tried.size()) * open.words());
            auto held = boxes_[box];
            held &= open;
            if (std::any_of(tried.begin(), tried.end(),
                            [&held](const auto& wider) { return held.is_within(wider); })) {
                continue;
            }
            auto rest = open;
            rest.remove(held);
            tried.push_back(std::move(held));
            taken_.push_back(box);
            descend(rest);
            taken_.pop_back();
        }
    }

    const std::vector<Bits>& boxes_;
    std::size_t best_size_;
    Allowance& allowed_;
    std::vector<std::vector<std::size_t>> holding_; ///< for each cell: the boxes that hold it
    std::vector<Bits> beside_;                      ///< for each cell: all that is in one box with it
    std::vector<std::size_t> taken_;
    std::vector<std::size_t> best_;
};

} // namespace

std::optional<std::vector<Box>> fewer_boxes(std::span<const Cell> cells, std::size_t known,
                                            Allowance& allowed) {
    if (cells.size() > most_cells_to_search || allowed.is_used_up()) {
        return std::nullopt;
    }
    const Piece piece(cells);
    const auto maximal = piece.maximal_boxes(allowed);
    if (!maximal) {
        return std::nullopt;
    }
    const auto taken = Search(*maximal, piece.cells(), known, allowed).run();
    if (taken.empty()) {
        return std::nullopt;
    }
    std::vector<Box> boxes;
    boxes.reserve(taken.size());
    for (const auto index : taken) {
        boxes.push_back(piece.box_of((*maximal)[index]));
    }
    return boxes;
}

} // namespace fwlearn::analyzer
