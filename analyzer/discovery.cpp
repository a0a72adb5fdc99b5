#include "discovery.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace fwlearn::analyzer {
namespace {

/// A task's contact: the name where one is known, so that an address it changes to is nothing new.
struct Contact {
    model::TaskId task;
    model::Service service;
    model::NameId name;
    model::Address address;
    model::Hour first;

    [[nodiscard]] auto key() const { return std::tie(task, service, name, address); }
};

std::vector<Contact> contacts_of(const model::Record& record) {
    std::vector<Contact> contacts;
    contacts.reserve(record.flows.size());
    for (const auto& flow : record.flows) {
        const auto& key = flow.key;
        if (key.verdict != model::FlowVerdict::accepted || key.overflow || flow.hours.empty() ||
            record.identities.task(key.task).kind == model::TaskKind::session) {
            continue;
        }
        const bool named = key.name != model::NameId::unknown;
        contacts.push_back({key.task, key.destination.service, key.name,
                            named ? model::Address() : key.destination.address, flow.hours.front()});
    }
    return contacts;
}

} // namespace

std::vector<DiscoveryDay> discovery(const model::Record& record, std::span<const ObservedDay> days) {
    std::vector<DiscoveryDay> curve;
    curve.reserve(days.size());
    for (const auto& day : days) {
        curve.push_back({day.date, day.observed, 0, {}});
    }
    auto contacts = contacts_of(record);
    std::sort(contacts.begin(), contacts.end(), [](const Contact& one, const Contact& other) {
        return std::tuple(one.key(), one.first) < std::tuple(other.key(), other.first);
    });
    contacts.erase(
        std::unique(contacts.begin(), contacts.end(),
                    [](const Contact& one, const Contact& other) { return one.key() == other.key(); }),
        contacts.end());
    std::map<std::pair<std::size_t, model::TaskId>, std::uint64_t> counts; // by day and task
    for (const auto& contact : contacts) {
        const auto date = std::chrono::floor<std::chrono::days>(contact.first);
        if (!curve.empty() && date >= curve.front().date && date <= curve.back().date) {
            ++counts[{static_cast<std::size_t>((date - curve.front().date).count()), contact.task}];
        }
    }
    for (const auto& [day_and_task, count] : counts) {
        auto& day = curve[day_and_task.first];
        day.new_destinations += count;
        day.by_task.emplace_back(record.identities.task(day_and_task.second), count);
    }
    for (auto& day : curve) {
        std::sort(day.by_task.begin(), day.by_task.end(), [](const auto& one, const auto& other) {
            return one.second != other.second ? one.second > other.second : one.first < other.first;
        });
    }
    return curve;
}

} // namespace fwlearn::analyzer
