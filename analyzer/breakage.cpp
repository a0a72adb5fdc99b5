#include "breakage.hpp"

#include "admits.hpp"

#include <algorithm>
#include <set>
#include <unordered_set>

namespace fwlearn::analyzer {
namespace {

/// Beyond so many pairs of address and service nobody reads a list.
constexpr std::uint64_t most_pairs = 4096;

model::Address next(const model::Address& address) {
    std::vector<std::uint8_t> octets(address.octets().begin(), address.octets().end());
    for (auto place = octets.size(); place-- > 0 && ++octets[place] == 0;) {
    }
    return *model::Address::from_octets(octets);
}

template <typename Use>
void for_each_destination(const model::Rule& rule, const Use& use) {
    for (const auto& prefix : rule.addresses) {
        auto address = prefix.address();
        for (std::uint64_t offset = 0; offset < prefix.size(); ++offset, address = next(address)) {
            for (const auto& range : rule.details) {
                for (std::uint32_t detail = range.first; detail <= range.last; ++detail) {
                    use(model::Destination{{rule.protocol, static_cast<std::uint16_t>(detail)}, address});
                }
            }
        }
    }
}

} // namespace

std::map<model::Task, Breakage> breakage_without(const model::Record& record,
                                                 const model::Whitelist& whitelist, const model::Rule& rule) {
    std::unordered_set<model::FlowKey> left_out;
    for (const auto& one : whitelist.left_out) {
        left_out.insert(one.flow.key);
    }
    std::map<model::TaskId, Breakage> by_id;
    for (const auto& flow : record.flows) {
        const auto admitted_by = [&](const model::Rule& one) {
            return admits(one, flow.key, record.identities);
        };
        if (!admitted_by(rule) || left_out.contains(flow.key) ||
            std::any_of(whitelist.rules.begin(), whitelist.rules.end(),
                        [&](const auto& other) { return other.id != rule.id && admitted_by(other); })) {
            continue;
        }
        auto& breakage = by_id[flow.key.task];
        breakage.flows += flow.counts.count;
        for (const auto& one : flow.hours) {
            breakage.hours[one.hour] += one.count;
        }
    }
    std::map<model::Task, Breakage> result;
    for (auto& [id, breakage] : by_id) {
        result.emplace(record.identities.task(id), std::move(breakage));
    }
    return result;
}

std::optional<std::vector<model::Destination>> unasked_by(const model::Record& record,
                                                          const model::Rule& rule, std::size_t limit) {
    if (rule.exposure > most_pairs) {
        return std::nullopt;
    }
    std::set<model::Destination> asked;
    for (const auto& flow : record.flows) {
        if (admits(rule, flow.key, record.identities)) {
            asked.insert(flow.key.destination);
        }
    }
    std::vector<model::Destination> unasked;
    for_each_destination(rule, [&](const model::Destination& destination) {
        if (unasked.size() < limit && !asked.contains(destination)) {
            unasked.push_back(destination);
        }
    });
    std::sort(unasked.begin(), unasked.end());
    return unasked;
}

} // namespace fwlearn::analyzer
