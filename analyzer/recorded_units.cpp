#include "analyzer/recorded_units.hpp"

#include "selectors.hpp"

namespace fwlearn::analyzer {

std::vector<model::Selector> recorded_units(const model::Record& record) {
    std::set<model::Selector> units;
    for (const auto& flow : record.flows) {
        const auto& key = flow.key;
        const auto maker = key.creator != model::ProcessId::unknown ? key.creator : key.process;
        if (const auto unit = lasting_unit(record.identities.process(maker).cgroup)) {
            units.insert(*unit);
        }
    }
    return {units.begin(), units.end()};
}

} // namespace fwlearn::analyzer
