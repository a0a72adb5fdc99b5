#include "analyzer/render/backtest.hpp"

#include "flow_document.hpp"
#include "rule_words.hpp"
#include "text_table.hpp"

#include <model/vocabulary.hpp>

#include <fmt/format.h>

#include <set>

namespace fwlearn::analyzer {
namespace {

std::string span_words(std::chrono::hours span) {
    constexpr std::int64_t day = 24;
    return span.count() % day == 0 || span.count() > 2 * day ? fmt::format("{} d", span.count() / day)
                                                             : fmt::format("{} h", span.count());
}

std::string share(const Backtest& backtest) {
    return backtest.flows == 0 ? "nothing to try"
                               : fmt::format("{:.3f} %", 100.0 * static_cast<double>(backtest.denied) /
                                                             static_cast<double>(backtest.flows));
}

std::size_t days_of(const BrokenTask& task) {
    std::set<std::chrono::sys_days> days;
    for (const auto hour : task.hours) {
        days.insert(std::chrono::floor<std::chrono::days>(hour));
    }
    return days.size();
}

} // namespace

std::string render_backtests(const std::vector<Backtest>& backtests, const TableStyle& style) {
    TextTable table({"!LEARNED", "!TRIED ON", "!FLOWS", "!DENIED", "!SHARE", "!TASKS BROKEN"});
    for (const auto& one : backtests) {
        table.add({span_words(one.learned), span_words(one.tested), std::to_string(one.flows),
                   std::to_string(one.denied), share(one), std::to_string(one.broken.size())});
    }
    return table.print(style);
}

std::string render_broken(const Backtest& backtest, const TableStyle& style) {
    TextTable table({"!FLOWS", "!DAYS", "!DESTINATIONS", "FIRST", "LAST", "TASK"});
    for (const auto& one : backtest.broken) {
        table.add({std::to_string(one.flows), std::to_string(days_of(one)), std::to_string(one.destinations),
                   minute_words(model::Timestamp(one.hours.front())),
                   minute_words(model::Timestamp(one.hours.back())), task_words(one.task)});
    }
    return table.print(style);
}

std::string backtest_to_json(const Backtest& backtest) {
    Json broken = Json::array();
    for (const auto& one : backtest.broken) {
        Json hours = Json::array();
        for (const auto hour : one.hours) {
            hours.push_back(model::to_rfc3339(model::Timestamp(hour)));
        }
        broken.push_back({{"task", task_document(one.task)},
                          {"flows", one.flows},
                          {"hours", std::move(hours)},
                          {"destinations", one.destinations}});
    }
    return dump(
        Json{{"learned_until", backtest.learned_until
                                   ? Json(model::to_rfc3339(model::Timestamp(*backtest.learned_until)))
                                   : Json(nullptr)},
             {"learned_hours", backtest.learned.count()},
             {"tested_hours", backtest.tested.count()},
             {"flows", backtest.flows},
             {"denied", backtest.denied},
             {"broken", std::move(broken)}});
}

} // namespace fwlearn::analyzer
