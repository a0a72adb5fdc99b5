// Flows for people: as a table, in the order given, or one by one.
// Called by cli.
#pragma once

#include "analyzer/render/style.hpp"

#include <model/record.hpp>

#include <span>
#include <string>

namespace fwlearn::analyzer {

/// `names` are the record's, in the order of addresses.
std::string render_flow_table(std::span<const model::Flow> flows, const model::Identities& identities,
                              std::span<const model::NameBinding> names, const TableStyle& style);

/// One that was seen, in a line without its end: when it was last, what, where to, by whom.
std::string flow_line(const model::Flow& flow, const model::Identities& identities,
                      std::span<const model::NameBinding> names);

} // namespace fwlearn::analyzer
