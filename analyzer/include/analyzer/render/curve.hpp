// The curve of widening as a table for people, and as JSON Lines. Called by cli.
#pragma once

#include "analyzer/curve.hpp"
#include "analyzer/render/style.hpp"

namespace fwlearn::analyzer {

std::string render_curve(const std::vector<CurveStep>& steps, const TableStyle& style);
/// One object a step.
std::string curve_to_json(const std::vector<CurveStep>& steps);

} // namespace fwlearn::analyzer
