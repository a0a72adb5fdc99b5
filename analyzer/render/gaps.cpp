#include "gaps.hpp"

#include <model/vocabulary.hpp>

#include <fmt/format.h>

namespace fwlearn::analyzer {

std::string gap_words(const model::CaptureGap& gap) {
    return fmt::format("{} to {}: {}{}", model::to_rfc3339(gap.started), model::to_rfc3339(gap.ended),
                       model::to_word(gap.reason),
                       gap.lost ? fmt::format(", {} lost", *gap.lost) : std::string());
}

Json gap_document(const model::CaptureGap& gap) {
    return {{"since", model::to_rfc3339(gap.started)},
            {"until", model::to_rfc3339(gap.ended)},
            {"reason", model::to_word(gap.reason)},
            {"lost", gap.lost ? Json(*gap.lost) : Json(nullptr)}};
}

} // namespace fwlearn::analyzer
