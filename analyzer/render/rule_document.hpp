// One rule as a JSON document, as docs/json.md has it. Private to render; called by json and explanation.
#pragma once

#include "flow_document.hpp"

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

Json rule_document(const model::Rule& rule, const model::Identities& identities);

} // namespace fwlearn::analyzer
