#include "analyzer/render/short_head.hpp"

#include "coverage_lines.hpp"

namespace fwlearn::analyzer {

std::string render_short_head(const model::Whitelist& whitelist) {
    model::Whitelist told;
    told.coverage = whitelist.coverage;
    told.unmatched = whitelist.unmatched;
    std::string text;
    for (const auto& line : coverage_lines(told)) {
        text += line + "\n";
    }
    return text;
}

} // namespace fwlearn::analyzer
