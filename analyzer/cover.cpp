#include "cover.hpp"

#include "fewest_boxes.hpp"
#include "joined_boxes.hpp"

#include <model/mixed.hpp>

#include <algorithm>
#include <map>
#include <numeric>

namespace fwlearn::analyzer {
namespace {

/// For the search in all pieces together, about a second: beyond it, boxes are few, and perhaps not the
/// fewest.
constexpr std::uint64_t words_for_all = 1'000'000'000;
/// And for each piece, so that one hard one does not take what many easy ones need.
constexpr std::uint64_t words_for_one = 200'000'000;

/// What one value of an axis is combined with: the cells from `begin` to `end`, and a number made of them.
struct Slice {
    std::uint32_t value = 0;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::uint64_t mixed = 0;
};

/// Values of one axis that are combined with the same, put together.
class Alike {
  public:
    /// Takes from `cells` all but the first of each.
    Alike(std::vector<Cell>& cells, std::size_t axis) : axis_(axis) {
        const auto one = (axis + 1) % cover_axes;
        const auto two = (axis + 2) % cover_axes;
        std::sort(cells.begin(), cells.end(), [=](const Cell& a, const Cell& b) {
            return std::array{a[axis], a[one], a[two]} < std::array{b[axis], b[one], b[two]};
        });
        auto slices = slices_of(cells, axis);
        const auto same = [&](const Slice& a, const Slice& b) {
            return a.end - a.begin == b.end - b.begin &&
                   std::equal(
                       cells.begin() + static_cast<std::ptrdiff_t>(a.begin),
                       cells.begin() + static_cast<std::ptrdiff_t>(a.end),
                       cells.begin() + static_cast<std::ptrdiff_t>(b.begin),
                       [=](const Cell& x, const Cell& y) { return x[one] == y[one] && x[two] == y[two]; });
        };
        std::sort(slices.begin(), slices.end(), [](const Slice& a, const Slice& b) {
            return std::tuple(a.mixed, a.end - a.begin, a.value) <
                   std::tuple(b.mixed, b.end - b.begin, b.value);
        });
        std::vector<Slice> kept;
        std::size_t run = 0; // of equal numbers; what differs in spite of them is told apart
        for (const auto& slice : slices) {
            run = !kept.empty() && kept.back().mixed == slice.mixed ? run : kept.size();
            const auto found = std::find_if(kept.begin() + static_cast<std::ptrdiff_t>(run), kept.end(),
                                            [&](const auto& other) { return same(other, slice); });
            if (found == kept.end()) {
                kept.push_back(slice);
                members_[slice.value];
            } else {
                members_[found->value].push_back(slice.value);
            }
        }
        std::vector<Cell> rest;
        for (const auto& slice : kept) {
            rest.insert(rest.end(), cells.begin() + static_cast<std::ptrdiff_t>(slice.begin),
                        cells.begin() + static_cast<std::ptrdiff_t>(slice.end));
        }
        std::sort(rest.begin(), rest.end());
        cells = std::move(rest);
    }

    /// Puts those back that were taken.
    void expand(Box& box) const {
        auto& values = box[axis_];
        const auto size = values.size();
        for (std::size_t index = 0; index < size; ++index) {
            const auto& others = members_.at(values[index]);
            values.insert(values.end(), others.begin(), others.end());
        }
        std::sort(values.begin(), values.end());
    }

  private:
    static std::vector<Slice> slices_of(const std::vector<Cell>& cells, std::size_t axis) {
        std::vector<Slice> slices;
        for (std::size_t index = 0; index < cells.size(); ++index) {
            if (slices.empty() || slices.back().value != cells[index][axis]) {
                slices.push_back({cells[index][axis], index, index, 0});
            }
            auto& slice = slices.back();
            slice.end = index + 1;
            for (std::size_t other = 1; other < cover_axes; ++other) {
                slice.mixed = model::mixed(slice.mixed, cells[index][(axis + other) % cover_axes]);
            }
        }
        return slices;
    }

    std::size_t axis_;
    std::map<std::uint32_t, std::vector<std::uint32_t>> members_; ///< by the first: the others
};

/// Cells cut into pieces that no box reaches across: within a box one comes from any cell to any other by
/// changing one value at a time.
std::vector<std::vector<Cell>> pieces_of(const std::vector<Cell>& cells) {
    std::vector<std::size_t> leader(cells.size());
    std::iota(leader.begin(), leader.end(), std::size_t{0});
    const auto find = [&leader](std::size_t index) {
        while (leader[index] != index) {
            leader[index] = leader[leader[index]];
            index = leader[index];
        }
        return index;
    };
    std::vector<std::size_t> order(cells.size());
    for (std::size_t axis = 0; axis < cover_axes; ++axis) { // the one that may change
        const auto one = (axis + 1) % cover_axes;
        const auto two = (axis + 2) % cover_axes;
        std::iota(order.begin(), order.end(), std::size_t{0});
        const auto key = [&](std::size_t index) { return std::pair(cells[index][one], cells[index][two]); };
        std::sort(order.begin(), order.end(), [&](auto a, auto b) { return key(a) < key(b); });
        for (std::size_t index = 1; index < order.size(); ++index) {
            if (key(order[index]) == key(order[index - 1])) {
                const auto a = find(order[index]);
                const auto b = find(order[index - 1]);
                leader[std::max(a, b)] = std::min(a, b);
            }
        }
    }
    std::vector<std::vector<Cell>> pieces;
    std::vector<std::size_t> piece_of(cells.size());
    for (std::size_t index = 0; index < cells.size(); ++index) { // the leader is the first of its piece
        const auto first = find(index);
        if (first == index) {
            piece_of[index] = pieces.size();
            pieces.emplace_back();
        }
        pieces[piece_of[first]].push_back(cells[index]);
    }
    return pieces;
}

/// Which boxes hold how much of what, on the way to boxes that hold nothing in vain.
class Tidy {
  public:
    explicit Tidy(std::vector<Box> boxes) : boxes_(std::move(boxes)) {
        for (const auto& box : boxes_) {
            each(box, [this](const Cell& cell) { ++times_[cell]; });
        }
    }

    std::vector<Box> result() {
        std::sort(boxes_.begin(), boxes_.end(), [](const Box& one, const Box& other) {
            return std::pair(volume(one), one) < std::pair(volume(other), other);
        });
        for (auto box = boxes_.begin(); box != boxes_.end();) {
            box = is_elsewhere(*box) ? take_out(box) : box + 1;
        }
        for (auto& box : boxes_) {
            for (std::size_t axis = 0; axis < cover_axes; ++axis) {
                shrink(box, axis);
            }
        }
        return join_boxes(std::move(boxes_));
    }

  private:
    template <typename Use>
    static void each(const Box& box, Use&& use) {
        for (const auto sender : box[0]) {
            for (const auto place : box[1]) {
                for (const auto service : box[2]) {
                    use(Cell{sender, place, service});
                }
            }
        }
    }
    static std::size_t volume(const Box& box) { return box[0].size() * box[1].size() * box[2].size(); }

    bool is_elsewhere(const Box& box) {
        bool all = true;
        each(box, [&](const Cell& cell) { all = all && times_[cell] > 1; });
        return all;
    }
    std::vector<Box>::iterator take_out(std::vector<Box>::iterator box) {
        each(*box, [this](const Cell& cell) { --times_[cell]; });
        return boxes_.erase(box);
    }

    /// What other boxes hold as well need not be read twice.
    void shrink(Box& box, std::size_t axis) {
        for (std::size_t index = box[axis].size(); index-- > 0 && box[axis].size() > 1;) {
            auto slice = box;
            slice[axis] = {box[axis][index]};
            if (is_elsewhere(slice)) {
                each(slice, [this](const Cell& cell) { --times_[cell]; });
                box[axis].erase(box[axis].begin() + static_cast<std::ptrdiff_t>(index));
            }
        }
    }

    std::vector<Box> boxes_;
    std::map<Cell, std::size_t> times_;
};

} // namespace

std::vector<Box> cover(std::span<const Cell> cells) {
    std::vector<Cell> rest(cells.begin(), cells.end());
    std::vector<Alike> alike;
    for (std::size_t axis = 0; axis < cover_axes; ++axis) {
        alike.emplace_back(rest, axis);
    }
    std::vector<Box> boxes;
    auto left = words_for_all;
    for (const auto& piece : pieces_of(rest)) {
        auto found = joined_boxes(piece);
        if (found.size() > 2) { // two that are not one box are the fewest
            Allowance allowed(std::min(left, words_for_one));
            left -= allowed.left();
            if (auto fewer = fewer_boxes(piece, found.size(), allowed)) {
                if (auto tidy = Tidy(std::move(*fewer)).result(); tidy.size() < found.size()) {
                    found = std::move(tidy);
                }
            }
            left += allowed.left();
        }
        std::move(found.begin(), found.end(), std::back_inserter(boxes));
    }
    for (auto& box : boxes) {
        for (const auto& taken : alike) {
            taken.expand(box);
        }
    }
    std::sort(boxes.begin(), boxes.end());
    return boxes;
}

} // namespace fwlearn::analyzer
