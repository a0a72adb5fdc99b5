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
        for (const auto& one : flow.hours) {
            const auto day = number_of(one.hour, days);
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
    const auto contacts = contacts_of(record, days);
    DaySet on;
    for (auto next = contacts.begin(); next != contacts.end();) {
        const auto& first = *next;
        on.clear();
        for (; next != contacts.end() && next->item() == first.item(); ++next) {
            on.push_back(next->day);
        }
        ++result[first.task].bundles[on];
    }
    for (auto& [id, one] : result) {
        for (const auto& bundle : one.bundles) {
            one.days.insert(one.days.end(), bundle.first.begin(), bundle.first.end());
        }
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
    const auto kept_of = [&numbers](const DaySet& days) {
        DaySet kept;
        for (const auto day : days) {
            if (numbers[day]) {
                kept.push_back(*numbers[day]);
            }
        }
        return kept;
    };
    for (auto& [id, task] : tasks) {
        TaskDays kept{kept_of(task.days), {}};
        for (const auto& [on, count] : task.bundles) {
            if (auto days = kept_of(on); !days.empty()) {
                kept.bundles[std::move(days)] += count;
            }
        }
        task = std::move(kept);
    }
    std::erase_if(tasks, [](const auto& task) { return task.second.days.empty(); });
}

} // namespace fwlearn::analyzer
