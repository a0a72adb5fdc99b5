// One object of `flows --json` to a flow with its process, task, owner and names.
// Knows nothing of lines and files. Called by import/jsonl.
#pragma once

#include <model/flow.hpp>

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <variant>
#include <vector>

namespace fwlearn::import {

struct JsonlFlow {
    model::FlowKey key; ///< its identities are in the dictionary that was passed
    model::FlowCounts counts;
    std::vector<std::string> names;
    /// Of each of these; empty where the line does not say it.
    std::vector<model::BindingSource> evidence;
};
/// An object of `audit --json`, told by its "nearest_rule": a judgement on a flow, and not one more flow.
struct JsonlVerdict {
    model::Timestamp time;
};
/// Why the object cannot be taken, printable.
struct JsonlRefusal {
    std::string why;
};

std::variant<JsonlFlow, JsonlVerdict, JsonlRefusal> read_jsonl_flow(const nlohmann::json& object,
                                                                    model::Identities& identities);

} // namespace fwlearn::import
