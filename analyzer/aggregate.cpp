#include "aggregate.hpp"

namespace fwlearn::analyzer {
namespace {

/// Both halves of one prefix that is a bit shorter.
bool are_halves(const model::Prefix& low, const model::Prefix& high) {
    return low.length() == high.length() && low.length() > 0 &&
           low.address().family() == high.address().family() &&
           model::Prefix(low.address(), low.length() - 1) == model::Prefix(high.address(), high.length() - 1);
}

/// Ascending order lets a half that is complete stand right below its other half.
void put(std::vector<model::Prefix>& prefixes, const model::Prefix& next) {
    if (!prefixes.empty() && prefixes.back().contains(next.address())) {
        return;
    }
    prefixes.push_back(next);
    while (prefixes.size() >= 2 && are_halves(prefixes[prefixes.size() - 2], prefixes.back())) {
        prefixes.pop_back();
        prefixes.back() = model::Prefix(prefixes.back().address(), prefixes.back().length() - 1);
    }
}

} // namespace

std::vector<model::Prefix> aggregate(std::span<const model::Prefix> prefixes) {
    std::vector<model::Prefix> result;
    for (const auto& prefix : prefixes) {
        put(result, prefix);
    }
    return result;
}

std::vector<model::Prefix> aggregate(std::span<const model::Address> addresses) {
    std::vector<model::Prefix> result;
    for (const auto& address : addresses) {
        put(result, model::Prefix(address));
    }
    return result;
}

} // namespace fwlearn::analyzer
