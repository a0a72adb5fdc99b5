#include "incidences.hpp"

#include "places.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

namespace fwlearn::analyzer {
namespace {

std::optional<std::size_t> number_of(model::Hour hour, std::span<const std::chrono::sys_days> dates) {
    const auto date = std::chrono::floor<std::chrono::days>(hour);
    const auto found = std::lower_bound(dates.begin(), dates.end(), date);
    return found != dates.end() && *found == date
               ? std::optional(static_cast<std::size_t>(found - dates.begin()))
               : std::nullopt;
}

bool counts(const model::Record& record, const model::FlowKey& key) {
    return key.verdict == model::FlowVerdict::accepted && !key.overflow &&
           record.identities.task(key.task).kind != model::TaskKind::session;
}

} // namespace

std::map<model::TaskId, TaskDays> incidences(const model::Record& record,
                                             std::span<const std::chrono::sys_days> dates) {
    // By name or by address: the other one is empty.
    using Item = std::tuple<model::TaskId, model::Service, model::ForeignText, model::Address>;
    std::map<Item, DaySet> items;
    const Places places(record);
    for (const auto& flow : record.flows) {
        if (!counts(record, flow.key)) {
            continue;
        }
        const auto* name = places.name_of(flow.key);
        const auto& [service, address] = flow.key.destination;
        const Item item(flow.key.task, service, name != nullptr ? *name : model::ForeignText(),
                        name != nullptr ? model::Address() : address);
        DaySet days;
        for (const auto hour : flow.hours) {
            if (const auto day = number_of(hour, dates)) {
                days.insert(days.end(), *day);
            }
        }
        if (!days.empty()) {
            items[item].merge(days);
        }
    }
    std::map<model::TaskId, TaskDays> result;
    for (auto& [item, days] : items) {
        auto& task = result[std::get<model::TaskId>(item)];
        task.days.insert(days.begin(), days.end());
        task.items.push_back(std::move(days));
    }
    for (const auto& run : record.runs) {
        const auto day = number_of(run.hour, dates);
        if (day && run.minutes != 0) {
            result[run.task].days.insert(*day);
        }
    }
    return result;
}

} // namespace fwlearn::analyzer
