// By which names one selector's needs may be admitted, and what those names have stood for to it.
// Private to this room; called by wishes.
#pragma once

#include "places.hpp"
#include "select.hpp"

namespace fwlearn::analyzer {

struct SenderNames {
    std::vector<model::NamedAddresses> known; ///< ascending by name
    std::vector<std::uint32_t> of_need;       ///< for each need: position in `known`, or Wish::by_address
};

/// `needs` are all of one selector and protocol, ascending.
SenderNames names_of_sender(const model::Record& record, const Places& places, std::span<const Need> needs);

} // namespace fwlearn::analyzer
