// What libnftables-json(5) says of a packet's fields, and of the values that they are compared with: the two
// sides of a match, and the keys of maps and elements of sets. What is not understood is a field or a value
// of nothing, which leaves open whether a packet is meant. Knows nothing of tables, chains, sets by their
// names, or verdicts. Private to this room; used by nft_ruleset.
#pragma once

#include <model/ruleset.hpp>

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <vector>

namespace fwlearn::firewall {

/// A match's left side, or a map's key: several where it is a concatenation.
std::vector<model::PacketField> fields_of(const nlohmann::json& left);
/// One for each field: of a value, a range, a prefix or a set's element.
std::vector<model::FieldValue> values_of(const std::vector<model::PacketField>& fields,
                                         const nlohmann::json& element);
/// What `<`, `>`, `<=` or `>=` a number leaves. Nothing for other fields, and where nothing is left.
std::optional<model::NumberRange> compared(const model::PacketField& field, const std::string& operation,
                                           const nlohmann::json& right);

} // namespace fwlearn::firewall
