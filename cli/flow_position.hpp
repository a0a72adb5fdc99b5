// Up to where a record that grows was looked at, so that each flow is told once. Must not know what is told
// of them, nor where the position is kept. Private to this room; used by audit and flows --follow.
#pragma once

#include <model/record.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace fwlearn::cli {

/// The host's clock, which anybody may set, and how long it has run (CLOCK_BOOTTIME), which nobody can.
struct Clocks {
    model::Timestamp wall{};
    std::chrono::milliseconds since_boot{};

    static Clocks read();
};

/// Flows are stored a moment after they are seen, and not in their order: what was seen in the last minute
/// before `until` is looked at once more, and what was told of it then is passed over.
struct FlowPosition {
    static constexpr std::chrono::minutes once_more{1};

    /// Not later than the clock said then: what is dated later has been told, and moves nothing.
    model::Timestamp until{};
    /// Fingerprints of flows that were last seen in that minute, or later, and when that was.
    std::map<std::string, model::Timestamp> told;
    std::optional<Clocks> at; ///< when it was; absent in a file of an older version

    /// Where the clock has been set back since, what was seen after that is dated before `until`: it goes
    /// back as far. What is told twice then is better than what is never told.
    void follow(const Clocks& now);

    /// Whether the flow was in the record then, as it is now.
    [[nodiscard]] bool has(const model::Flow& flow, const model::Identities& identities) const;
};

/// Where one stands who has looked at these flows, after `before`. `end` is where he was told to stop.
FlowPosition next_position(const model::Record& seen, const std::optional<FlowPosition>& before,
                           std::optional<model::Timestamp> end, const Clocks& now);

} // namespace fwlearn::cli
