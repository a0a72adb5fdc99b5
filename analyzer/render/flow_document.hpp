// A flow as a JSON object, for the two outputs that hold flows. Private to render.
#pragma once

#include <model/record.hpp>

#include <nlohmann/json.hpp>

#include <span>

namespace fwlearn::analyzer {

using Json = nlohmann::ordered_json;

Json flow_document(const model::Flow& flow, const model::Identities& identities,
                   std::span<const model::NameBinding> names);
Json process_document(const model::Process& process, const model::Identities& identities);
Json task_document(const model::Task& task);

Json time_or_null(const std::optional<model::Timestamp>& time);

/// ASCII, foreign bytes that are no UTF-8 replaced, so that it can always be printed.
std::string dump(const Json& document, int indent = -1);

} // namespace fwlearn::analyzer
