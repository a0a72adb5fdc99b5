#include "take_in.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace fwlearn::analyzer {
namespace {

bool is_wide(const Wish& wish) {
    return !wish.details.is_single() || (wish.name == Wish::by_address && !wish.prefix.is_single());
}

/// A name, or a prefix.
using Place = std::pair<std::uint32_t, std::optional<model::Prefix>>;

Place place_of(const Wish& wish) {
    return {wish.name, wish.name == Wish::by_address ? std::optional(wish.prefix) : std::nullopt};
}

/// Ascending; those that overlap become one, those that only touch stay what they are.
void make_disjoint(std::vector<model::DetailRange>& ranges) {
    std::sort(ranges.begin(), ranges.end());
    std::vector<model::DetailRange> disjoint;
    for (const auto& range : ranges) {
        if (!disjoint.empty() && range.first <= disjoint.back().last) {
            disjoint.back().last = std::max(disjoint.back().last, range.last);
        } else {
            disjoint.push_back(range);
        }
    }
    ranges = std::move(disjoint);
}

/// The wide ones, by place.
class WideWishes {
  public:
    explicit WideWishes(std::span<const Wish> wishes) {
        for (const auto& wish : wishes) {
            if (!is_wide(wish)) {
                continue;
            }
            auto& ranges = ranges_of_[place_of(wish)];
            if (ranges.empty() || ranges.back() != wish.details) {
                ranges.push_back(wish.details);
            }
            lengths_.insert(wish.prefix.length());
        }
        for (auto& [place, ranges] : ranges_of_) {
            make_disjoint(ranges);
        }
    }

    [[nodiscard]] bool empty() const { return ranges_of_.empty(); }

    /// Puts the wish into what holds all of it: of several prefixes the widest.
    void take_in(Wish& wish) const {
        if (wish.name != Wish::by_address) {
            widen(wish, place_of(wish));
            return;
        }
        for (const auto length : lengths_) {
            if (length > wish.prefix.length() ||
                widen(wish, {Wish::by_address, model::Prefix(wish.prefix.address(), length)})) {
                return;
            }
        }
    }

  private:
    bool widen(Wish& wish, const Place& place) const {
        const auto found = ranges_of_.find(place);
        if (found == ranges_of_.end()) {
            return false;
        }
        const auto& ranges = found->second;
        const auto above = std::upper_bound(
            ranges.begin(), ranges.end(), wish.details.first,
            [](std::uint16_t detail, const model::DetailRange& range) { return detail < range.first; });
        if (above == ranges.begin() || (above - 1)->last < wish.details.last) {
            return false;
        }
        wish.details = *(above - 1);
        wish.prefix = place.second.value_or(wish.prefix);
        return true;
    }

    std::map<Place, std::vector<model::DetailRange>> ranges_of_; ///< ascending, disjoint
    std::set<unsigned> lengths_;
};

} // namespace

void take_in(std::span<Wish> wishes) {
    const WideWishes wide(wishes);
    if (wide.empty()) {
        return;
    }
    for (auto& wish : wishes) {
        wide.take_in(wish);
    }
}

} // namespace fwlearn::analyzer
