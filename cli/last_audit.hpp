// Up to where the record was audited the last time: a small file in the state directory.
// Knows nothing of what was found. Private to this room; used by audit.
#pragma once

#include "replacement.hpp"

#include <model/record.hpp>

#include <set>

namespace fwlearn::cli {

/// Flows are stored a moment after they are seen, and not in their order: what was seen in the last minute
/// before `until` is looked at once more, and what was told of it then is passed over.
/// The host's clock, which anybody may set, and how long it has run (CLOCK_BOOTTIME), which nobody can.
struct Clocks {
    model::Timestamp wall{};
    std::chrono::milliseconds since_boot{};

    static Clocks read();
};

struct LastAudit {
    static constexpr std::chrono::minutes once_more{1};

    /// Not later than the clock said then: what is dated later has been told, and moves nothing.
    model::Timestamp until{};
    std::set<std::string> told; ///< fingerprints of flows that were last seen in that minute, or later
    std::optional<Clocks> at;   ///< when it was; absent in a file of an older version

    /// Where the clock has been set back since, what was seen after that is dated before `until`: it goes
    /// back as far. What is told twice then is better than what is never told.
    void follow(const Clocks& now);

    /// Whether the flow was in the record then, as it is now.
    [[nodiscard]] bool has(const model::Flow& flow, const model::Identities& identities) const;
};

/// Nothing where there was none. Throws model::UsageError for another file.
std::optional<LastAudit> read_last_audit(const std::filesystem::path& path);

/// What an audit of these flows, after `before`, leaves for the next one. `end` is where it was told to stop.
LastAudit next_audit(const model::Record& audited, const std::optional<LastAudit>& before,
                     std::optional<model::Timestamp> end, const Clocks& now);

std::string to_text(const LastAudit& last);

} // namespace fwlearn::cli
