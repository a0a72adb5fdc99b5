// Finds the flows that agree in something, in a record of millions: by sorting short numbers, where a map
// would keep for each what they agree in. Knows nothing of what that is.
// Private to this room; called by suspicion.
#pragma once

#include <model/record.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace fwlearn::analyzer {

/// Calls `use` once for each value that flows have, with the positions of those that have it, ascending.
/// `value` gives a flow's as an std::optional: nothing leaves the flow out. `hash` makes a number of a value,
/// which may be another's as well. In which order values come says nothing.
template <typename ValueOf, typename Hash, typename Use>
void for_each_alike(std::span<const model::Flow> flows, const ValueOf& value, const Hash& hash,
                    const Use& use) {
    struct Numbered {
        std::uint64_t number = 0;
        std::uint32_t flow = 0;
    };
    std::vector<Numbered> all;
    all.reserve(flows.size());
    for (std::uint32_t flow = 0; flow < flows.size(); ++flow) {
        if (const auto its = value(flows[flow])) {
            all.push_back({hash(*its), flow});
        }
    }
    std::sort(all.begin(), all.end(), [&](const Numbered& one, const Numbered& other) {
        if (one.number != other.number) {
            return one.number < other.number;
        }
        const auto order = value(flows[one.flow]) <=> value(flows[other.flow]);
        return order != 0 ? order < 0 : one.flow < other.flow;
    });
    std::vector<std::uint32_t> alike; // kept, so that room is made once
    for (auto next = all.begin(); next != all.end();) {
        const auto first = *next;
        alike.clear();
        do {
            alike.push_back(next->flow);
            ++next;
        } while (next != all.end() && next->number == first.number &&
                 value(flows[next->flow]) == value(flows[first.flow]));
        use(std::span<const std::uint32_t>(alike));
    }
}

} // namespace fwlearn::analyzer
