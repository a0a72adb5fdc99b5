// Runs of the host's timers that failed while a whitelist denied something of theirs: what it broke, as far
// as the host says that runs fail (model::TaskRuns). Flows are known by the hour, so that this is what was
// denied in the hour of such a run, or later, before the next one. Pure. Called by the audit and by cli's
// status.
#pragma once

#include <model/record.hpp>

#include <map>

namespace fwlearn::analyzer {

class FailedRuns {
  public:
    explicit FailedRuns(const model::Record& record);

    /// When the run began that failed, the last one; nothing where the flow was not denied, or no run of its
    /// task is known that failed then.
    [[nodiscard]] std::optional<model::Timestamp> of(const model::Flow& flow) const;
    /// When the last run began of whose end the host told; nothing where it did of none.
    [[nodiscard]] std::optional<model::Timestamp> last_ended(model::TaskId task) const;

  private:
    using Hours = std::map<model::Hour, model::TaskRuns>;
    std::map<model::TaskId, Hours> runs_;
};

struct FailedTask {
    model::Task task;
    model::Timestamp run; ///< when its last run began

    auto operator<=>(const FailedTask&) const = default;
};

/// The tasks whose last run of which it is known how it ended failed, with something of it denied; ascending.
std::vector<FailedTask> failed_when_denied(const model::Record& record);
/// One in words: "timer backup.timer failed when something of it was denied, on 2026-11-28T03:00:00.000Z".
/// Encoded for a terminal.
std::string failed_words(const FailedTask& failed);

} // namespace fwlearn::analyzer
