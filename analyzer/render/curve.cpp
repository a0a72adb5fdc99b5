#include "analyzer/render/curve.hpp"

#include "flow_document.hpp"
#include "rule_words.hpp"
#include "text_table.hpp"

#include <fmt/format.h>

namespace fwlearn::analyzer {
namespace {

std::string share(const Backtest& backtest) {
    if (backtest.flows == 0) {
        return "nothing to test";
    }
    return fmt::format("{} of {} flows ({:.2f} %)", backtest.denied, backtest.flows,
                       100.0 * static_cast<double>(backtest.denied) / static_cast<double>(backtest.flows));
}

std::string broken(const Backtest& backtest) {
    constexpr std::size_t shown = 2;
    std::string text;
    std::size_t count = 0;
    for (const auto& one : backtest.broken) {
        if (count++ < shown) {
            text += (text.empty() ? "" : ", ") + task_words(one.task);
        }
    }
    return count > shown ? text + fmt::format(" and {} more", count - shown) : text;
}

} // namespace

std::string render_curve(const std::vector<CurveStep>& steps, const TableStyle& style) {
    TextTable table({"!WIDEN", "!RULES", "!EXPOSURE", "!BEYOND", "DENIED", "BROKEN TASKS"});
    for (const auto& step : steps) {
        table.add({step.name, std::to_string(step.rules), std::to_string(step.exposure),
                   std::to_string(step.beyond), step.backtest ? share(*step.backtest) : "cannot tell",
                   step.backtest ? broken(*step.backtest) : ""});
    }
    return "What each way to widen would mean (address and any user: --by address, --selector any). Denied: "
           "what the\n"
           "first half of the record, learned in this way, would have denied of the second.\n\n" +
           table.print(style);
}

std::string curve_to_json(const std::vector<CurveStep>& steps) {
    std::string out;
    for (const auto& step : steps) {
        Json document{{"widen", step.name},
                      {"rules", step.rules},
                      {"exposure", step.exposure},
                      {"beyond", step.beyond},
                      {"backtest", nullptr}};
        if (step.backtest) {
            Json tasks = Json::array();
            for (const auto& one : step.backtest->broken) {
                tasks.push_back(task_document(one.task));
            }
            document["backtest"] = {{"flows", step.backtest->flows},
                                    {"denied", step.backtest->denied},
                                    {"broken", std::move(tasks)}};
        }
        out += dump(document) + "\n";
    }
    return out;
}

} // namespace fwlearn::analyzer
