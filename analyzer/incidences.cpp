#include "incidences.hpp"

#include "places.hpp"
#include "sort_once.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <tuple>
#include <unordered_map>

namespace fwlearn::analyzer {
namespace {

std::optional<std::size_t> number_of(model::Hour hour, std::span<const ObservedDay> days) {
    const auto date = std::chrono::floor<std::chrono::days>(hour);
    const auto found = std::ranges::lower_bound(days, date, {}, &ObservedDay::date);
    return found != days.end() && found->date == date
               ? std::optional(static_cast<std::size_t>(found - days.begin()))
               : std::nullopt;
}

bool counts(const model::Record& record, const model::FlowKey& key) {
    return key.verdict == model::FlowVerdict::accepted && !key.overflow &&
           record.identities.task(key.task).kind != model::TaskKind::session;
}

/// One task's contact on one day. By name or by address: the other one is nothing.
struct Contact {
    model::TaskId task;
    model::Service service;
    std::uint32_t name = 0; ///< a number for each, from 1 on
    model::Address address;
    std::uint32_t day = 0;

    [[nodiscard]] auto item() const { return std::tie(task, service, name, address); }
    auto operator<=>(const Contact&) const = default;
};

/// Each once, in the order of tasks, items and days.
std::vector<Contact> contacts_of(const model::Record& record, std::span<const ObservedDay> days) {
    std::vector<Contact> contacts;
    contacts.reserve(record.flows.size());
    std::unordered_map<model::ForeignText, std::uint32_t> names;
    const Places places(record);
    for (const auto& flow : record.flows) {
        if (!counts(record, flow.key)) {
            continue;
        }
        Contact contact{flow.key.task, flow.key.destination.service, 0, flow.key.destination.address, 0};
        if (const auto* name = places.name_of(flow.key)) {
            contact.name =
                names.try_emplace(*name, static_cast<std::uint32_t>(names.size() + 1)).first->second;
            contact.address = model::Address();
        }
        std::optional<std::size_t> before;
        for (const auto hour : flow.hours) {
            const auto day = number_of(hour, days);
            if (day && day != before) {
                contact.day = static_cast<std::uint32_t>(*day);
                contacts.push_back(contact);
                before = day;
            }
        }
    }
    sort_once(contacts);
    return contacts;
}

} // namespace

Incidences incidences(const model::Record& record, std::span<const ObservedDay> days) {
    Incidences result;
    TaskDays* task = nullptr;
    const Contact* before = nullptr;
    const auto contacts = contacts_of(record, days);
    for (const auto& contact : contacts) {
        if (before == nullptr || before->task != contact.task) {
            task = &result[contact.task];
        }
        if (before == nullptr || before->item() != contact.item()) {
            task->items.emplace_back();
        }
        task->items.back().push_back(contact.day);
        task->days.push_back(contact.day);
        before = &contact;
    }
    for (const auto& run : record.runs) {
        const auto day = number_of(run.hour, days);
        if (day && run.minutes != 0) {
            result[run.task].days.push_back(*day);
        }
    }
    for (auto& [id, one] : result) {
        sort_once(one.days);
    }
    return result;
}

void keep_days(Incidences& tasks, const std::vector<std::optional<std::size_t>>& numbers) {
    const auto keep = [&numbers](DaySet& days) {
        std::erase_if(days, [&numbers](std::size_t day) { return !numbers[day]; });
        for (auto& day : days) {
            day = *numbers[day];
        }
        return !days.empty();
    };
    for (auto next = tasks.begin(); next != tasks.end();) {
        auto& [days, items] = next->second;
        std::erase_if(items, [&keep](DaySet& item) { return !keep(item); });
        next = keep(days) ? std::next(next) : tasks.erase(next);
    }
}

} // namespace fwlearn::analyzer
