// Whether flows and rules agree with a decision's scope. What is asked of processes, tasks, names and users
// is asked once of each: there are few of these, and many flows.
// Private to this room; called by decisions.
#pragma once

#include <model/whitelist.hpp>

#include <map>

namespace fwlearn::analyzer {

class Agreement {
  public:
    /// Both must outlive it. The decision's scope is one by pattern.
    Agreement(const model::Record& record, const model::Decision& decision);

    bool with(const model::Flow& flow);
    /// Each part with something of the rule: one of its processes, some of its addresses.
    [[nodiscard]] bool with(const model::Rule& rule) const;

  private:
    enum class Answer : std::uint8_t { unasked, no, yes };

    bool with_destination(const model::Destination& destination) const;
    bool with_process(model::ProcessId id);
    bool with_task(model::TaskId id);
    bool with_user(const model::SocketOwner& owner);
    bool with_name(const model::FlowKey& key);
    [[nodiscard]] bool fits_name(model::NameId id);

    const model::Record& record_;
    const model::DecisionScope& scope_;
    bool labels_count_ = false; ///< also a name that only the client says
    std::vector<Answer> processes_;
    std::vector<Answer> tasks_;
    std::vector<Answer> names_;
    std::map<std::uint32_t, bool> users_;
};

} // namespace fwlearn::analyzer
