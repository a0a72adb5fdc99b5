#include "exposure.hpp"

#include <algorithm>
#include <limits>

namespace fwlearn::analyzer {
namespace {

constexpr auto most = std::numeric_limits<std::uint64_t>::max();

std::uint64_t saturating_sum(std::uint64_t one, std::uint64_t other) {
    return other > most - one ? most : one + other;
}

std::uint64_t saturating_product(std::uint64_t one, std::uint64_t other) {
    return one != 0 && other > most / one ? most : one * other;
}

} // namespace

void set_exposure(model::Rule& rule, std::uint64_t destinations_asked_for) {
    std::uint64_t addresses = 0;
    for (const auto& prefix : rule.addresses) {
        addresses = saturating_sum(addresses, prefix.size());
    }
    std::uint64_t services = 0;
    for (const auto& range : rule.details) {
        services += range.size();
    }
    rule.exposure = saturating_product(addresses, services);
    rule.beyond = rule.exposure - std::min(rule.exposure, destinations_asked_for);
}

} // namespace fwlearn::analyzer
