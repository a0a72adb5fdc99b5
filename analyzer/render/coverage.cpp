#include "analyzer/render/coverage.hpp"

#include "gaps.hpp"
#include "rule_words.hpp"
#include "text_table.hpp"

#include <model/vocabulary.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace fwlearn::analyzer {
namespace {

double share(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// "5 min", "24 h", "31 d": exact, in the largest unit that is.
std::string period_words(std::optional<std::chrono::seconds> period) {
    if (!period) {
        return "-";
    }
    constexpr std::pair<std::int64_t, const char*> units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}};
    for (const auto& [length, unit] : units) {
        if (period->count() >= length && period->count() % length == 0) {
            return fmt::format("{} {}", period->count() / length, unit);
        }
    }
    return fmt::format("{} s", period->count());
}

std::string minute_or_none(const std::optional<model::Timestamp>& time) {
    return time ? minute_words(*time) : "-";
}

std::string date_words(std::chrono::sys_days date) {
    return model::to_rfc3339(model::Timestamp(date)).substr(0, sizeof "2026-11-25" - 1);
}

const char* state_word(LedgerState state) {
    switch (state) {
    case LedgerState::with_egress:
        return "ran, sent";
    case LedgerState::without_egress:
        return "ran, sent nothing";
    case LedgerState::failed:
        return "ran, failed";
    case LedgerState::not_due:
        return "not due yet";
    case LedgerState::not_seen:
        return "due, not seen";
    case LedgerState::at_boot:
        return "at boot, not seen";
    case LedgerState::disabled:
        break;
    }
    return "disabled";
}

/// What is open first, then the rest as it was.
std::vector<const LedgerEntry*> in_order(const std::vector<LedgerEntry>& ledger) {
    std::vector<const LedgerEntry*> entries;
    entries.reserve(ledger.size());
    for (const auto& entry : ledger) {
        entries.push_back(&entry);
    }
    std::stable_sort(entries.begin(), entries.end(),
                     [](const auto* one, const auto* other) { return one->is_open() > other->is_open(); });
    return entries;
}

std::string ledger_table(const CoverageReport& report, const TableStyle& style) {
    TextTable table(
        {"SCHEDULE", "+PERIOD", "!STATE", "+RUNS", "+SENT", "+LAST RUN", "!NEXT RUN", "+COMMAND"});
    for (const auto* entry : in_order(report.ledger)) {
        const auto& schedule = entry->schedule;
        table.add({task_words(schedule.task), period_words(schedule.period), state_word(entry->state),
                   std::to_string(entry->runs_seen), std::to_string(entry->egress_seen),
                   minute_or_none(entry->last_run), minute_or_none(schedule.next_run),
                   model::for_terminal(schedule.command)});
    }
    return table.print(style);
}

std::string days_table(const CoverageReport& report, const TableStyle& style) {
    constexpr std::size_t most_tasks = 3;
    TextTable table({"!DAY", "!OBSERVED", "!NEW DESTINATIONS", "OF"});
    for (const auto& day : report.days) {
        std::string tasks;
        for (std::size_t index = 0; index < std::min(most_tasks, day.by_task.size()); ++index) {
            tasks += fmt::format("{}{} ({})", index == 0 ? "" : ", ", task_words(day.by_task[index].first),
                                 day.by_task[index].second);
        }
        if (day.by_task.size() > most_tasks) {
            tasks += fmt::format(" and {} more", day.by_task.size() - most_tasks);
        }
        table.add({date_words(day.date),
                   fmt::format("{:.1f} h", static_cast<double>(day.observed.count()) / 3600),
                   std::to_string(day.new_destinations), tasks});
    }
    return table.print(style);
}

std::string unseen_words(const UnseenMass& unseen) {
    return unseen.upper95
               ? fmt::format(
                     "of the contacts of a day to come {:.2f} % are new by estimate, at most {:.2f} % "
                     "(95 % sure)",
                     100 * unseen.estimate.value_or(0), 100 * *unseen.upper95)
               : "cannot tell: " + unseen.cannot_tell;
}

std::string head(const CoverageReport& report, const TableStyle& style) {
    std::string text = report.is_enough() ? bold("verdict: enough", style) + "\n"
                                          : warning("verdict: not yet", style) + "\n";
    for (const auto& reason : report.reasons) {
        text += "  " + reason + "\n";
    }
    for (const auto& remark : report.remarks) {
        text += "note: " + remark + "\n";
    }
    text += fmt::format("\nobserved    {} to {}, {:.2f} d without the gaps\n",
                        report.since ? model::to_rfc3339(*report.since) : "never",
                        report.until ? model::to_rfc3339(*report.until) : "never",
                        std::chrono::duration<double, std::ratio<86400>>(report.observed).count());
    constexpr std::size_t shown = 10;
    for (std::size_t index = 0; index < std::min(shown, report.gaps.size()); ++index) {
        text += "gap         " + gap_words(report.gaps[index]) + "\n";
    }
    if (report.gaps.size() > shown) {
        text += fmt::format("gaps        and {} more: fwlearn status\n", report.gaps.size() - shown);
    }
    text += fmt::format("flows       {}, {:.1f} % of them attributed to a process, {:.1f} % with a name\n",
                        report.flows, 100 * share(report.attributed, report.flows),
                        100 * share(report.named, report.flows));
    text += "not seen    " + unseen_words(report.unseen) + "\n";
    if (const auto& unseen = report.unseen; unseen.items_in_all) {
        text += fmt::format(
            "contacts    {} different ones on {} days, {} of them on one day alone; {:.0f} in all at "
            "least (Chao2)\n",
            unseen.items, unseen.days, unseen.singletons, *unseen.items_in_all);
    }
    return text;
}

Json schedule_document(const LedgerEntry& entry) {
    const auto& schedule = entry.schedule;
    constexpr std::string_view states[] = {"with egress", "without egress", "failed",  "not due",
                                           "not seen",    "at boot",        "disabled"};
    return {{"kind", model::to_word(schedule.task.kind)},
            {"name", schedule.task.name.raw_bytes()},
            {"period", schedule.period ? Json(schedule.period->count()) : Json(nullptr)},
            {"last_run", time_or_null(entry.last_run)},
            {"next_run", time_or_null(schedule.next_run)},
            {"runs_seen", entry.runs_seen},
            {"egress_seen", entry.egress_seen},
            {"failed_seen", entry.failed_seen},
            {"state", states[static_cast<std::size_t>(entry.state)]},
            {"mechanism", model::to_word(schedule.kind)},
            {"file", schedule.file.raw_bytes()},
            {"when", schedule.when.raw_bytes()},
            {"time_zone", schedule.time_zone.raw_bytes()},
            {"uid", schedule.uid ? Json(*schedule.uid) : Json(nullptr)},
            {"delay", schedule.delay.count()},
            {"command", schedule.command.raw_bytes()}};
}

Json day_document(const DiscoveryDay& day) {
    Json by_task = Json::array();
    for (const auto& [task, count] : day.by_task) {
        by_task.push_back({{"task", task_document(task)}, {"new_destinations", count}});
    }
    return {{"date", date_words(day.date)},
            {"observed_seconds", day.observed.count()},
            {"new_destinations", day.new_destinations},
            {"by_task", std::move(by_task)}};
}

} // namespace

std::string render_coverage(const CoverageReport& report, const TableStyle& style) {
    auto text = head(report, style);
    if (!report.ledger.empty()) {
        text += "\n" + ledger_table(report, style);
    }
    if (!report.days.empty()) {
        text += "\n" + days_table(report, style);
    }
    return text;
}

std::string coverage_to_json(const CoverageReport& report) {
    Json schedule = Json::array();
    for (const auto& entry : report.ledger) {
        schedule.push_back(schedule_document(entry));
    }
    Json days = Json::array();
    for (const auto& day : report.days) {
        days.push_back(day_document(day));
    }
    Json gaps = Json::array();
    for (const auto& gap : report.gaps) {
        gaps.push_back(gap_document(gap));
    }
    const auto& unseen = report.unseen;
    return dump(Json{{"schedule", std::move(schedule)},
                     {"unseen_mass",
                      {{"estimate", unseen.estimate ? Json(*unseen.estimate) : Json(nullptr)},
                       {"upper95", unseen.upper95 ? Json(*unseen.upper95) : Json(nullptr)},
                       {"cannot_tell", unseen.upper95 ? Json(nullptr) : Json(unseen.cannot_tell)},
                       {"contacts", unseen.items},
                       {"on_one_day", unseen.singletons},
                       {"on_two_days", unseen.doubletons},
                       {"contacts_in_all", unseen.items_in_all ? Json(*unseen.items_in_all) : Json(nullptr)},
                       {"schedules_to_come", unseen.schedules_to_come}}},
                     {"days", std::move(days)},
                     {"gaps", std::move(gaps)},
                     {"since", time_or_null(report.since)},
                     {"until", time_or_null(report.until)},
                     {"observed_seconds", std::chrono::floor<std::chrono::seconds>(report.observed).count()},
                     {"flows", report.flows},
                     {"attributed_share", share(report.attributed, report.flows)},
                     {"named_share", share(report.named, report.flows)},
                     {"verdict", report.is_enough() ? "enough" : "not yet"},
                     {"reasons", report.reasons},
                     {"remarks", report.remarks}});
}

} // namespace fwlearn::analyzer
