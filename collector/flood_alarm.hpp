// Says at once, and once, when somebody opens flows to more new destinations in a minute than anything that
// works does, or to more than are kept apart; and when that is over. Bounded, in what it keeps and in what it
// says. Knows nothing of journals, and reads no clock. Fed by the observer.
#pragma once

#include "collector/aggregator.hpp"
#include "collector/now.hpp"

#include <functional>
#include <map>
#include <string>
#include <tuple>

namespace fwlearn::collector {

class FloodAlarm {
  public:
    explicit FloodAlarm(std::function<void(const std::string&)> say) : say_(std::move(say)) {}

    /// Flows of this key began, `kept` as the aggregator says.
    void add(const model::FlowKey& key, Aggregator::Kept kept, std::uint64_t flows);
    /// Once a second.
    void look(const model::Identities& identities, const Now& now);

    [[nodiscard]] std::uint64_t begun() const { return begun_; }
    [[nodiscard]] std::uint64_t going_on() const { return floods_.size(); }

  private:
    using Sender = std::tuple<model::OwnerKind, std::uint32_t, model::ProcessId, model::TaskId>;
    struct Flood {
        std::uint64_t flows = 0;
        bool said = false; ///< its beginning
    };
    void begin(const Sender& sender, const model::Identities& identities, const Now& now);
    bool may_say(const Now& now);

    std::function<void(const std::string&)> say_;
    std::map<Sender, std::uint64_t> minute_; ///< flows to new destinations in the minute that goes on
    std::map<Sender, Flood> floods_;
    std::chrono::steady_clock::time_point minute_began_{}, hour_began_{};
    unsigned said_in_hour_ = 0;
    std::uint64_t begun_ = 0;
};

} // namespace fwlearn::collector
