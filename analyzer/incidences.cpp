#include "incidences.hpp"

#include "places.hpp"
#include "sort_once.hpp"

#include <algorithm>
#include <map>
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

/// A task's contact on one day. By name or by address: the other one is nothing.
struct Contact {
    model::Service service;
    std::uint32_t name = 0; ///< a number for each of the task's, from 1 on
    model::Address address;
    std::uint32_t day = 0;

    [[nodiscard]] auto item() const { return std::tie(service, name, address); }
    auto operator<=>(const Contact&) const = default;
};

/// Flows of one task that lie beside one another.
using Run = std::span<const model::Flow>;

/// By task. In the order of keys a task's flows lie together for each process of its.
std::map<model::TaskId, std::vector<Run>> runs_of(const std::vector<model::Flow>& flows) {
    std::map<model::TaskId, std::vector<Run>> runs;
    for (auto next = flows.begin(); next != flows.end();) {
        const auto task = next->key.task;
        const auto end = std::find_if(next, flows.end(),
                                      [task](const model::Flow& flow) { return flow.key.task != task; });
        runs[task].emplace_back(next, end);
        next = end;
    }
    return runs;
}

/// Of one task after another: those of all at once would take a sixth of what the flows take.
class ContactsOfTask {
  public:
    ContactsOfTask(const model::Record& record, const Places& places, std::span<const ObservedDay> days)
        : record_(record), places_(places), days_(days) {}

    /// How many were made on the same days, by which.
    std::map<DaySet, std::size_t> bundles(const std::vector<Run>& runs) {
        contacts_.clear();
        names_.clear();
        std::size_t flows = 0;
        for (const auto& run : runs) {
            flows += run.size();
        }
        contacts_.reserve(flows);
        for (const auto& run : runs) {
            for (const auto& flow : run) {
                if (counts(record_, flow.key)) {
                    add(flow);
                }
            }
        }
        sort_once(contacts_);
        std::map<DaySet, std::size_t> result;
        DaySet on;
        for (auto next = contacts_.begin(); next != contacts_.end();) {
            const auto& first = *next;
            on.clear();
            for (; next != contacts_.end() && next->item() == first.item(); ++next) {
                on.push_back(next->day);
            }
            ++result[on];
        }
        return result;
    }

  private:
    void add(const model::Flow& flow) {
        Contact contact{flow.key.destination.service, 0, flow.key.destination.address, 0};
        if (const auto* name = places_.name_of(flow.key)) {
            contact.name =
                names_.try_emplace(*name, static_cast<std::uint32_t>(names_.size() + 1)).first->second;
            contact.address = model::Address();
        }
        std::optional<std::size_t> before;
        for (const auto& one : flow.hours) {
            const auto day = number_of(one.hour, days_);
            if (day && day != before) {
                contact.day = static_cast<std::uint32_t>(*day);
                contacts_.push_back(contact);
                before = day;
            }
        }
    }

    const model::Record& record_;
    const Places& places_;
    std::span<const ObservedDay> days_;
    std::vector<Contact> contacts_;
    std::unordered_map<model::ForeignText, std::uint32_t> names_;
};

} // namespace

Incidences incidences(const model::Record& record, std::span<const ObservedDay> days) {
    Incidences result;
    const Places places(record);
    ContactsOfTask contacts(record, places, days);
    for (const auto& [task, runs] : runs_of(record.flows)) {
        if (auto bundles = contacts.bundles(runs); !bundles.empty()) {
            result[task].bundles = std::move(bundles);
        }
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
