// First step: what of the record asks for a rule, and from whom; what does not is left out with its reason.
// Private to this room; called by suggest.
#pragma once

#include "analyzer/suggest.hpp"
#include "decisions.hpp"

namespace fwlearn::analyzer {

/// One flow's wish: this selector to this destination.
struct Need {
    std::uint32_t selector = 0; ///< position in Selected::selectors
    model::Destination destination;
    std::uint32_t flow = 0; ///< index in the record's flows
    std::uint8_t flags = 0; ///< a bit for each model::FlagKind

    auto operator<=>(const Need&) const = default;
};

constexpr std::uint8_t flag_bit(model::FlagKind kind) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
}

struct Selected {
    std::vector<model::Selector> selectors; ///< ascending
    std::vector<Need> needs;                ///< ascending
    std::vector<model::LeftOut> left_out;
};

/// No destination is asked for by `any` and by a narrower selector: a flow without a recorded sender asks for
/// `any` only where nobody else is known to send.
Selected select(const model::Record& record, const SuggestOptions& options, Decided& decided);

} // namespace fwlearn::analyzer
