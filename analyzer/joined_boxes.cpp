#include "joined_boxes.hpp"

#include <model/mixed.hpp>

#include <algorithm>
#include <unordered_map>

namespace fwlearn::analyzer {
namespace {

using Values = std::vector<std::uint32_t>;

struct HashOfValues {
    std::size_t operator()(const Values& values) const noexcept {
        std::uint64_t mixed = values.size();
        for (const auto value : values) {
            mixed = model::mixed(mixed, value);
        }
        return static_cast<std::size_t>(mixed);
    }
};

/// Every list of values once, known by a number.
class Lists {
  public:
    std::uint32_t add(const Values& list) {
        const auto [position, is_new] = numbers_.try_emplace(list, static_cast<std::uint32_t>(lists_.size()));
        if (is_new) {
            lists_.push_back(&position->first);
        }
        return position->second;
    }
    [[nodiscard]] const Values& operator[](std::uint32_t number) const { return *lists_[number]; }

  private:
    std::unordered_map<Values, std::uint32_t, HashOfValues> numbers_;
    std::vector<const Values*> lists_; ///< in the map, whose elements stay where they are
};

/// Boxes whose sides are numbers of lists.
class Joiner {
  public:
    explicit Joiner(std::span<const Cell> cells) {
        boxes_.reserve(cells.size());
        for (const auto& cell : cells) {
            Cell box{};
            for (std::size_t axis = 0; axis < cover_axes; ++axis) {
                box[axis] = lists_[axis].add({cell[axis]});
            }
            boxes_.push_back(box);
        }
    }
    explicit Joiner(const std::vector<Box>& boxes) {
        for (const auto& sides : boxes) {
            Cell box{};
            for (std::size_t axis = 0; axis < cover_axes; ++axis) {
                box[axis] = lists_[axis].add(sides[axis]);
            }
            boxes_.push_back(box);
        }
    }

    void join(const std::array<std::size_t, cover_axes>& order) {
        for (std::size_t before = boxes_.size() + 1; boxes_.size() < before;) {
            before = boxes_.size();
            for (const auto axis : order) {
                join_along(axis);
            }
        }
    }

    [[nodiscard]] std::size_t size() const { return boxes_.size(); }

    [[nodiscard]] std::vector<Box> boxes() const {
        std::vector<Box> result;
        result.reserve(boxes_.size());
        for (const auto& box : boxes_) {
            result.push_back({lists_[0][box[0]], lists_[1][box[1]], lists_[2][box[2]]});
        }
        return result;
    }

  private:
    void join_along(std::size_t axis) {
        const auto one = (axis + 1) % cover_axes;
        const auto two = (axis + 2) % cover_axes;
        std::sort(boxes_.begin(), boxes_.end(), [=](const Cell& a, const Cell& b) {
            return std::array{a[one], a[two], a[axis]} < std::array{b[one], b[two], b[axis]};
        });
        std::vector<Cell> joined;
        for (std::size_t begin = 0; begin < boxes_.size();) {
            auto end = begin + 1;
            while (end < boxes_.size() && boxes_[end][one] == boxes_[begin][one] &&
                   boxes_[end][two] == boxes_[begin][two]) {
                ++end;
            }
            joined.push_back(boxes_[begin]);
            if (end > begin + 1) {
                Values all;
                for (auto index = begin; index < end; ++index) {
                    const auto& values = lists_[axis][boxes_[index][axis]];
                    all.insert(all.end(), values.begin(), values.end());
                }
                std::sort(all.begin(), all.end());
                all.erase(std::unique(all.begin(), all.end()), all.end());
                joined.back()[axis] = lists_[axis].add(all);
            }
            begin = end;
        }
        boxes_ = std::move(joined);
    }

    std::array<Lists, cover_axes> lists_;
    std::vector<Cell> boxes_; ///< of each axis the number of its list
};

/// The first two differ most in what they leave.
constexpr std::array<std::array<std::size_t, cover_axes>, 6> orders{
    {{1, 2, 0}, {0, 1, 2}, {2, 1, 0}, {2, 0, 1}, {1, 0, 2}, {0, 2, 1}}};
/// For more cells than these, only those.
constexpr std::size_t many_cells = 50'000;

} // namespace

std::vector<Box> joined_boxes(std::span<const Cell> cells) {
    std::vector<Box> best;
    for (const auto& order : orders) {
        Joiner joiner(cells);
        joiner.join(order);
        if (best.empty() || joiner.size() < best.size()) {
            best = joiner.boxes();
        }
        if (best.size() == 1 || (cells.size() > many_cells && &order == &orders[1])) {
            break;
        }
    }
    return best;
}

std::vector<Box> join_boxes(std::vector<Box> boxes) {
    Joiner joiner(boxes);
    joiner.join(orders[0]);
    return joiner.boxes();
}

} // namespace fwlearn::analyzer
