// A record out of its database, for the verbs that want all of it, in memory that suits its size.
// Private to this room.
#pragma once

#include "context.hpp"
#include "flow_position.hpp"

#include <model/record.hpp>

#include <filesystem>

namespace fwlearn::cli {

/// What was recorded in the time that was asked for. Throws model::SqlError.
model::Record read_record(const std::filesystem::path& database, const model::TimeRange& range = {});

/// For who waits for it to grow: says on standard error, unless told to be quiet, that nobody writes to it.
void say_if_nobody_observes(const Context& context);

/// Takes out what was not seen in this time. Sums are of whole hours: a flow of which some were seen within
/// it has all of the hours that touch it.
void keep_within(model::Record& record, const model::TimeRange& range);

/// For who goes on where he has looked up to: of what was recorded in the time that was asked for what was
/// not there then, as it is now. All of it without `before`, which otherwise follows the clock first.
model::Record read_news(const std::filesystem::path& database, model::TimeRange range,
                        std::optional<FlowPosition>& before, const Clocks& now);

/// Keeps it until the process ends, for verbs that read one and end: to give millions of flows back one by
/// one, just before all memory goes at once, would take as long as a tenth of all else.
const model::Record& kept_for_good(model::Record record);

} // namespace fwlearn::cli
