// One flow as one line of JSON, for `flows --json` and for import --format jsonl: docs/json.md describes it.
// Called by cli and by render_json.
#pragma once

#include <model/record.hpp>

#include <span>

namespace fwlearn::analyzer {

/// `names` are the bindings of the flow's address. ASCII only, no newline.
std::string flow_to_json(const model::Flow& flow, const model::Identities& identities,
                         std::span<const model::NameBinding> names);

} // namespace fwlearn::analyzer
