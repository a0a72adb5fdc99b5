// A gap in words, and as a JSON object. Private to render.
#pragma once

#include "flow_document.hpp"

namespace fwlearn::analyzer {

/// "2026-11-25T23:00:00.000Z to 2026-11-25T23:10:00.000Z: NFLOG overrun, 7 lost"
std::string gap_words(const model::CaptureGap& gap);
Json gap_document(const model::CaptureGap& gap);

} // namespace fwlearn::analyzer
