#include "incidences.hpp"

#include "places.hpp"

#include <algorithm>
#include <optional>
#include <tuple>
#include <unordered_map>

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
std::vector<Contact> contacts_of(const model::Record& record, std::span<const std::chrono::sys_days> dates) {
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
            const auto day = number_of(hour, dates);
            if (day && day != before) {
                contact.day = static_cast<std::uint32_t>(*day);
                contacts.push_back(contact);
                before = day;
            }
        }
    }
    std::sort(contacts.begin(), contacts.end());
    contacts.erase(std::unique(contacts.begin(), contacts.end()), contacts.end());
    return contacts;
}

} // namespace

std::map<model::TaskId, TaskDays> incidences(const model::Record& record,
                                             std::span<const std::chrono::sys_days> dates) {
    std::map<model::TaskId, TaskDays> result;
    TaskDays* task = nullptr;
    const Contact* before = nullptr;
    const auto contacts = contacts_of(record, dates);
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
        const auto day = number_of(run.hour, dates);
        if (day && run.minutes != 0) {
            result[run.task].days.push_back(*day);
        }
    }
    for (auto& [id, one] : result) {
        std::sort(one.days.begin(), one.days.end());
        one.days.erase(std::unique(one.days.begin(), one.days.end()), one.days.end());
    }
    return result;
}

} // namespace fwlearn::analyzer
