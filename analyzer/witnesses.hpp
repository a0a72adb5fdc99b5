// What is gathered of the flows that a rule stands for, until it is the rule's evidence.
// Private to this room; called by rules.
#pragma once

#include <model/whitelist.hpp>

#include <set>

namespace fwlearn::analyzer {

class Witnesses {
  public:
    /// `flags`: a bit for each model::FlagKind.
    void add(const model::Flow& flow, std::uint8_t flags);

    [[nodiscard]] const std::set<model::ProcessId>& processes() const { return processes_; }
    [[nodiscard]] const std::set<model::TaskId>& tasks() const { return tasks_; }
    /// How many distinct destinations were asked for.
    [[nodiscard]] std::uint64_t destinations();
    [[nodiscard]] model::Evidence evidence();
    [[nodiscard]] std::uint8_t flags() const { return flags_; }

  private:
    model::FlowCounts counts_;
    std::vector<std::chrono::sys_days> days_;
    std::vector<model::Destination> destinations_;
    std::set<model::ProcessId> processes_;
    std::set<model::TaskId> tasks_;
    std::uint8_t flags_ = 0;
};

} // namespace fwlearn::analyzer
