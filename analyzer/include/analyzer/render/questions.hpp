// What has to be known to decide about one rule, or about flows that were left out, on one screen of a
// terminal: lists and lines are cut where `explain` cuts nothing. Called by cli's review.
#pragma once

#include "analyzer/open_questions.hpp"
#include "analyzer/render/style.hpp"

namespace fwlearn::analyzer {

std::string render_question(const model::Rule& rule, const TableStyle& style);
std::string render_question(const OpenQuestion& question, const TableStyle& style);

} // namespace fwlearn::analyzer
