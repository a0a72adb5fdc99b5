// First step: what of the record asks for a rule, and from whom; what does not is left out with its reason.
// Private to this room; called by suggest.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// One flow's wish: this selector to this destination.
struct Need {
    model::SelectorKind kind = model::SelectorKind::any;
    std::uint32_t uid = 0;
    model::Destination destination;
    std::uint32_t flow = 0; ///< index in the record's flows

    auto operator<=>(const Need&) const = default;
};

struct Selected {
    std::vector<Need> needs; ///< ascending
    std::vector<model::LeftOut> left_out;
};

/// No destination is asked for by `any` and by a narrower selector: a flow without a recorded sender asks for
/// `any` only where nobody else is known to send.
Selected select(const model::Record& record);

} // namespace fwlearn::analyzer
