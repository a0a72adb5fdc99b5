// Flows as a table for people, in the order given.
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

} // namespace fwlearn::analyzer
