#include "analyzer/coverage.hpp"

#include "discovery.hpp"
#include "observed_time.hpp"
#include "unseen_contacts.hpp"

#include <model/counted.hpp>
#include <model/vocabulary.hpp>

#include <fmt/format.h>

namespace fwlearn::analyzer {
namespace {

using namespace std::chrono_literals;

/// A collector that is restarted now and then still observes a week.
constexpr auto short_of_it = shortest_observation / 100;
/// Gaps that are shorter in all are told, and are no remark of their own.
constexpr auto few_minutes = 5min;

std::string span_words(std::chrono::milliseconds span) {
    const auto hours = std::chrono::duration<double, std::ratio<3600>>(span).count();
    return hours < 2.0    ? fmt::format("{} min", std::chrono::round<std::chrono::minutes>(span).count())
           : hours < 48.0 ? fmt::format("{:.0f} h", hours)
                          : fmt::format("{:.1f} d", hours / 24);
}

void add_schedules(CoverageReport& report) {
    std::size_t at_boot = 0;
    for (const auto& entry : report.ledger) {
        if (entry.is_open()) {
            report.reasons.push_back(open_words(entry));
        }
        at_boot += entry.state == LedgerState::at_boot ? 1 : 0;
    }
    if (report.ledger.empty()) {
        report.reasons.emplace_back(
            "no timer and no cron job of the host is known: what runs by the clock cannot be told");
    }
    if (at_boot > 0) {
        report.remarks.push_back(
            fmt::format("{} only when the host starts, not seen: restart it once while observing",
                        model::counted(at_boot, "schedule runs", "schedules run")));
    }
}

void add_unseen(const model::Record& record, CoverageReport& report) {
    if (!report.unseen.upper95) {
        report.reasons.push_back("how much was not seen cannot be told: " + report.unseen.cannot_tell);
    } else if (*report.unseen.upper95 > largest_unseen_mass) {
        report.reasons.push_back(fmt::format("of the contacts of a day to come up to {:.1f} % may be new (95 "
                                             "% sure; {:.1f} % is the estimate)",
                                             100 * *report.unseen.upper95,
                                             100 * report.unseen.estimate.value_or(0)));
    }
    for (const auto id : report.unseen.without) {
        const auto& task = record.identities.task(id);
        report.remarks.push_back(
            fmt::format("{} {} makes more contacts than all others together: what may be new is told "
                        "of the others",
                        model::to_word(task.kind), model::for_terminal(task.name)));
    }
}

void add_time(CoverageReport& report) {
    if (!report.since) {
        report.reasons.emplace_back("nobody has observed yet");
    } else if (report.observed < shortest_observation - short_of_it) {
        const auto gaps = (*report.until - *report.since) - report.observed;
        report.reasons.push_back(fmt::format(
            "{} were observed{}, and a week is the least", span_words(report.observed),
            gaps < few_minutes ? std::string()
                               : fmt::format(" of {}, {} being in gaps",
                                             span_words(*report.until - *report.since), span_words(gaps))));
    }
}

void add_remarks(CoverageReport& report) {
    const auto missing = report.since ? (*report.until - *report.since) - report.observed : 0ms;
    if (missing >= few_minutes) {
        report.remarks.push_back(fmt::format("{} of the time between lie in {} gaps: what happened then was "
                                             "not seen",
                                             span_words(missing), report.gaps.size()));
    }
    constexpr double enough_attributed = 0.95;
    if (report.flows > 0 &&
        static_cast<double>(report.attributed) < enough_attributed * static_cast<double>(report.flows)) {
        report.remarks.push_back(fmt::format("of {} of {} flows it is not known which process sent them",
                                             report.flows - report.attributed, report.flows));
    }
}

void count_flows(const model::Record& record, CoverageReport& report) {
    for (const auto& flow : record.flows) {
        if (flow.key.verdict != model::FlowVerdict::accepted) {
            continue;
        }
        report.flows += flow.counts.count;
        const bool attributed = flow.key.attribution != model::Attribution::unknown;
        report.attributed += attributed ? flow.counts.count : 0;
        report.named += flow.key.name != model::NameId::unknown ? flow.counts.count : 0;
    }
}

/// Every day from the first to the last, also one in which nothing was observed.
std::vector<ObservedDay> days_of(const ObservedTime& watched, const ObservedTime& sound) {
    std::vector<ObservedDay> days;
    if (watched.empty()) {
        return days;
    }
    const auto first = std::chrono::floor<std::chrono::days>(watched.stretches().front().from);
    const auto end = std::chrono::ceil<std::chrono::days>(watched.stretches().back().to);
    constexpr auto most = std::chrono::days(366 * 20); // a stepped clock makes no more
    for (auto date = std::max(first, end - most); date < end; date += std::chrono::days(1)) {
        days.push_back({date, std::chrono::floor<std::chrono::seconds>(sound.within(
                                  model::Timestamp(date), model::Timestamp(date + std::chrono::days(1))))});
    }
    return days;
}

} // namespace

CoverageReport coverage(const model::Record& record) {
    const auto watched = ObservedTime::watched(record);
    const auto sound = ObservedTime::sound(record);
    CoverageReport report;
    if (!watched.empty()) {
        report.since = watched.stretches().front().from;
        report.until = watched.stretches().back().to;
    }
    report.observed = sound.sum();
    report.gaps = record.gaps;
    report.ledger = ledger(record);
    const auto days = days_of(watched, sound);
    auto contacts = incidences(record, days);
    report.days = discovery(contacts, record.identities, days);
    report.unseen = unseen_mass(record, days, std::move(contacts));
    count_flows(record, report);
    add_schedules(report);
    add_unseen(record, report);
    add_time(report);
    add_remarks(report);
    return report;
}

std::vector<std::string> summary(const CoverageReport& report) {
    constexpr std::size_t shown = 3;
    std::size_t open = 0;
    bool failed = false;
    std::string names;
    for (const auto& entry : report.ledger) {
        failed = failed || entry.state == LedgerState::failed;
        if (entry.is_open() && ++open <= shown) {
            names += (open == 1 ? "" : ", ") + name_of(entry.schedule);
        }
    }
    if (open > shown) {
        names += fmt::format(" and {} more", open - shown);
    }
    const auto schedules = report.ledger.empty() ? std::string("none is known")
                           : open == 0
                               ? fmt::format("{} known, none of them still to be seen", report.ledger.size())
                               : fmt::format("{} known, {} not seen to run{}: {}", report.ledger.size(), open,
                                             failed ? " without failing" : "", names);
    const auto unseen =
        report.unseen.upper95
            ? fmt::format("at most {:.1f} % of a day's contacts (95 % sure; {:.1f} % is the estimate)",
                          100 * *report.unseen.upper95, 100 * report.unseen.estimate.value_or(0))
            : "cannot tell: " + report.unseen.cannot_tell;
    return {report.is_enough() ? std::string("long enough to lock down: yes, as far as can be told")
                               : fmt::format("long enough to lock down: not yet, for {} (fwlearn coverage)",
                                             model::counted(report.reasons.size(), "reason")),
            "schedules: " + schedules, "not seen yet: " + unseen};
}

std::vector<std::string> summary(const model::Record& record) {
    return summary(coverage(record));
}

} // namespace fwlearn::analyzer
