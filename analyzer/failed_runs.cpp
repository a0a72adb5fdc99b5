#include "analyzer/failed_runs.hpp"

#include <model/vocabulary.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <iterator>

namespace fwlearn::analyzer {
namespace {

std::uint64_t ended_of(const model::TaskRuns& runs) {
    return runs.minutes & (runs.failed | runs.succeeded);
}

/// Of the last minute in `bits`, which are not 0.
model::Timestamp last_of(model::Hour hour, std::uint64_t bits) {
    return model::Timestamp(hour) + std::chrono::minutes(std::bit_width(bits) - 1);
}

} // namespace

FailedRuns::FailedRuns(const model::Record& record) {
    for (const auto& runs : record.runs) {
        if (runs.minutes != 0) {
            runs_[runs.task].try_emplace(runs.hour, runs);
        }
    }
    std::erase_if(runs_, [](const auto& task) {
        return std::none_of(task.second.begin(), task.second.end(),
                            [](const auto& hour) { return ended_of(hour.second) != 0; });
    });
}

std::optional<model::Timestamp> FailedRuns::of(const model::Flow& flow) const {
    const auto found = runs_.find(flow.key.task);
    if (found == runs_.end() || flow.key.verdict != model::FlowVerdict::denied) {
        return std::nullopt;
    }
    const auto& runs = found->second;
    std::optional<model::Timestamp> last;
    for (const auto& of_hour : flow.hours) {
        const auto hour = of_hour.hour;
        const auto behind = runs.upper_bound(hour);
        if (behind == runs.begin()) {
            continue; // of a run that nobody told of
        }
        auto nearest = std::prev(behind);
        if (nearest->first == hour) {
            if (const auto failed = nearest->second.only_failed(); failed != 0) {
                last = std::max(last, std::optional(last_of(hour, failed)));
                continue;
            }
            if (nearest == runs.begin()) {
                continue;
            }
            --nearest; // one that went on into this hour
        }
        const auto bits = nearest->second.minutes;
        const auto newest = std::bit_floor(bits);
        if ((nearest->second.only_failed() & newest) != 0) {
            last = std::max(last, std::optional(last_of(nearest->first, bits)));
        }
    }
    return last;
}

std::optional<model::Timestamp> FailedRuns::last_ended(model::TaskId task) const {
    const auto found = runs_.find(task);
    if (found == runs_.end()) {
        return std::nullopt;
    }
    const auto& hours = found->second;
    const auto last = std::find_if(hours.rbegin(), hours.rend(),
                                   [](const auto& hour) { return ended_of(hour.second) != 0; });
    return last == hours.rend() ? std::nullopt : std::optional(last_of(last->first, ended_of(last->second)));
}

std::vector<FailedTask> failed_when_denied(const model::Record& record) {
    const FailedRuns runs(record);
    std::vector<FailedTask> failed;
    for (const auto& flow : record.flows) {
        const auto run = runs.of(flow);
        if (run && run == runs.last_ended(flow.key.task)) {
            failed.push_back({record.identities.task(flow.key.task), *run});
        }
    }
    std::sort(failed.begin(), failed.end());
    failed.erase(std::unique(failed.begin(), failed.end()), failed.end());
    return failed;
}

std::string failed_words(const FailedTask& failed) {
    return fmt::format("{} {} failed when something of it was denied, on {}",
                       model::to_word(failed.task.kind), model::for_terminal(failed.task.name),
                       model::to_rfc3339(failed.run));
}

} // namespace fwlearn::analyzer
