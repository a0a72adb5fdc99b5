// Coverage for people, and as JSON. Called by cli.
#pragma once

#include "analyzer/coverage.hpp"
#include "analyzer/render/style.hpp"

namespace fwlearn::analyzer {

/// The verdict with its reasons, the ledger, the discovery curve, and what is estimated.
std::string render_coverage(const CoverageReport& report, const TableStyle& style);
/// One object.
std::string coverage_to_json(const CoverageReport& report);

} // namespace fwlearn::analyzer
