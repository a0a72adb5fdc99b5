// Second step: what each need comes to once names are known and what was asked for is widened: this selector,
// to this name or prefix, for this range of services. Private to this room; called by rules.
#pragma once

#include "places.hpp"
#include "select.hpp"

#include <limits>

namespace fwlearn::analyzer {

struct Wish {
    static constexpr std::uint32_t by_address = std::numeric_limits<std::uint32_t>::max();

    std::uint32_t selector = 0;
    std::uint32_t name = by_address; ///< position in Wishes::names
    model::Prefix prefix;            ///< only by address; else the one that was reached
    model::DetailRange details;
    std::uint32_t flow = 0; ///< index in the record's flows
    std::uint8_t flags = 0; ///< a bit for each model::FlagKind
};

struct Wishes {
    std::vector<Wish> list;
    /// Ascending by name, none twice. Of one name there are several where selectors know different addresses
    /// by it.
    std::vector<model::NamedAddresses> names;
};

/// `needs` are all of one protocol, ascending. One wish a need, in their order.
Wishes wishes_for(const model::Record& record, const Places& places, std::span<const Need> needs,
                  const SuggestOptions& options, Decided& decided);

} // namespace fwlearn::analyzer
