// The one spelling of every enumerator that is printed or stored as text. docs/json.md lists them for users.
#pragma once

#include "model/configured.hpp"
#include "model/decisions.hpp"
#include "model/schedule.hpp"
#include "model/whitelist.hpp"

namespace fwlearn::model {

std::string_view to_word(TaskKind kind);
std::string_view to_word(Attribution attribution);
std::string_view to_word(OwnerKind kind);
std::string_view to_word(ObservationSource source);
std::string_view to_word(GapReason reason);
std::string_view to_word(BindingSource source);
std::string_view to_word(AttributionMeans means);
std::string_view to_word(SelectorKind kind);
std::string_view to_word(ConfiguredKind kind);
std::string_view to_word(DecisionAction action);
std::string_view to_word(FlagKind kind);
std::string_view to_word(FlowVerdict verdict);
std::string_view to_word(ScheduleKind kind);
std::string_view to_word(ScheduleState state);

/// The enumerator that to_word() spells so, or nothing.
/// Defined for every enumeration above.
template <typename Enum>
std::optional<Enum> from_word(std::string_view word);

} // namespace fwlearn::model
