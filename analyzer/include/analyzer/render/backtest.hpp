// Backtests for people, and as JSON Lines. Called by cli.
#pragma once

#include "analyzer/backtest.hpp"
#include "analyzer/render/style.hpp"

namespace fwlearn::analyzer {

/// A row for each: how losses fall as more is learned.
std::string render_backtests(const std::vector<Backtest>& backtests, const TableStyle& style);
/// Its broken tasks: how often, when, where to.
std::string render_broken(const Backtest& backtest, const TableStyle& style);
/// One object.
std::string backtest_to_json(const Backtest& backtest);

} // namespace fwlearn::analyzer
