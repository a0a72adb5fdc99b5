#include "analyzer/backtest.hpp"

#include "admission.hpp"
#include "places.hpp"
#include "select.hpp"
#include "sort_once.hpp"

#include <tsl/robin_set.h>

#include <algorithm>
#include <map>
#include <utility>

namespace fwlearn::analyzer {
namespace {

using std::chrono::days;
using std::chrono::hours;

/// How many began before, and how many then or later; all of them then, where there is no such hour.
std::pair<std::uint64_t, std::uint64_t> divided(const model::Flow& flow, std::optional<model::Hour> split) {
    std::pair<std::uint64_t, std::uint64_t> counts{0, 0};
    for (const auto& one : flow.hours) {
        (split && one.hour < *split ? counts.first : counts.second) += one.count;
    }
    return counts;
}

/// Flows of the record that a whitelist is made for, by position.
std::vector<std::uint32_t> kept_flows(const model::Record& record, const SuggestOptions& options) {
    std::vector<std::uint32_t> kept;
    Decided decided(record, options.decisions);
    for (const auto& need : select(record, options, decided).needs) {
        kept.push_back(need.flow);
    }
    return kept;
}

class Losses {
  public:
    void add(const model::Flow& flow, std::optional<model::Hour> from) {
        auto& loss = by_task_[flow.key.task];
        for (const auto& one : flow.hours) {
            if (!from || one.hour >= *from) {
                loss.flows += one.count;
                loss.hours.insert(one.hour.time_since_epoch().count());
            }
        }
        loss.destinations.push_back(flow.key.destination);
    }

    [[nodiscard]] std::vector<BrokenTask> tasks(const model::Identities& identities) {
        std::vector<BrokenTask> tasks;
        for (auto& [id, loss] : by_task_) {
            BrokenTask task{identities.task(id), loss.flows, {}, 0};
            for (const auto hour : loss.hours) {
                task.hours.emplace_back(std::chrono::hours(hour));
            }
            std::sort(task.hours.begin(), task.hours.end());
            sort_once(loss.destinations);
            task.destinations = loss.destinations.size();
            tasks.push_back(std::move(task));
        }
        std::sort(tasks.begin(), tasks.end(), [](const auto& one, const auto& other) {
            return one.flows != other.flows ? one.flows > other.flows : one.task < other.task;
        });
        return tasks;
    }

  private:
    struct Loss {
        std::uint64_t flows = 0;
        tsl::robin_set<std::chrono::hours::rep> hours; ///< few, of very many flows
        std::vector<model::Destination> destinations;
    };
    std::map<model::TaskId, Loss> by_task_;
};

Backtest tried(const model::Record& record, const std::vector<std::uint32_t>& kept,
               std::span<const model::Rule> rules, std::optional<model::Hour> from) {
    const Admission admission(rules);
    const Places places(record);
    Backtest result;
    Losses losses;
    for (const auto index : kept) {
        const auto& flow = record.flows[index];
        const auto count = divided(flow, from).second;
        if (count == 0) {
            continue;
        }
        result.flows += count;
        if (!admission.admits(flow.key, record.identities, places.name_of(flow.key))) {
            result.denied += count;
            losses.add(flow, from);
        }
    }
    result.broken = losses.tasks(record.identities);
    result.learned_until = from;
    if (const auto begun = begun_hours(record)) {
        const auto end = begun->last + hours(1);
        result.learned = from ? *from - begun->first : hours(0);
        result.tested = end - from.value_or(begun->first);
    }
    return result;
}

} // namespace

std::optional<BegunHours> begun_hours(const model::Record& record) {
    std::optional<BegunHours> begun;
    for (const auto& flow : record.flows) {
        if (!flow.hours.empty() && flow.key.verdict == model::FlowVerdict::accepted) {
            const auto first = flow.hours.front().hour;
            const auto last = flow.hours.back().hour;
            begun = BegunHours{begun ? std::min(begun->first, first) : first,
                               begun ? std::max(begun->last, last) : last};
        }
    }
    return begun;
}

std::optional<model::Hour> middle_of(const model::Record& record) {
    const auto begun = begun_hours(record);
    if (!begun || begun->first == begun->last) {
        return std::nullopt;
    }
    return begun->first + (begun->last - begun->first + hours(1)) / 2;
}

std::vector<model::Hour> rolling_splits(const model::Record& record) {
    const auto middle = middle_of(record);
    if (!middle) {
        return {};
    }
    const auto begun = *begun_hours(record);
    std::vector<model::Hour> splits{*middle};
    for (const int learned : {1, 2, 3, 5, 7, 10, 14, 21, 28, 42, 60, 90, 120, 180}) {
        const auto split = begun.first + days(learned);
        if (split <= begun.last) {
            splits.push_back(split);
        }
    }
    std::sort(splits.begin(), splits.end());
    splits.erase(std::unique(splits.begin(), splits.end()), splits.end());
    return splits;
}

model::Record beginning_of(const model::Record& record, model::Hour split) {
    model::Record beginning;
    beginning.identities = record.identities;
    beginning.configured = record.configured;
    beginning.programs = record.programs;
    for (const auto& flow : record.flows) {
        const auto later = std::find_if(flow.hours.begin(), flow.hours.end(),
                                        [split](const auto& one) { return one.hour >= split; });
        if (later == flow.hours.begin()) {
            continue;
        }
        auto& begun = beginning.flows.emplace_back(model::Flow{flow.key, {}, {flow.hours.begin(), later}});
        auto& counts = begun.counts;
        for (const auto& one : begun.hours) {
            counts.count += one.count;
            counts.answered += one.answered;
            counts.unanswered += one.in_vain; // or refused, which is the same here
        }
        counts.first_seen = flow.counts.first_seen;
        counts.last_seen = flow.counts.last_seen;
        counts.last_seen = std::min(counts.last_seen, model::Timestamp(split));
    }
    for (const auto& binding : record.names) {
        if (binding.first_seen < model::Timestamp(split)) {
            beginning.names.push_back(binding);
        }
    }
    return beginning;
}

Backtest backtest(const model::Record& record, const SuggestOptions& options, const model::Record& beginning,
                  model::Hour split) {
    return tried(record, kept_flows(record, options), suggest(beginning, options).rules, split);
}

std::vector<Backtest> backtest(const model::Record& record, const SuggestOptions& options,
                               const std::vector<model::Hour>& splits) {
    const auto kept = kept_flows(record, options);
    std::vector<Backtest> results;
    for (const auto split : splits) {
        const auto learned = suggest(beginning_of(record, split), options);
        results.push_back(tried(record, kept, learned.rules, split));
    }
    return results;
}

Backtest backtest(const model::Record& record, const SuggestOptions& options,
                  std::span<const model::Rule> rules) {
    return tried(record, kept_flows(record, options), rules, std::nullopt);
}

} // namespace fwlearn::analyzer
