// Sees that the host's clock was set, or that the host slept: then the observation ends by the clock of
// before, and another begins. Reads no clock. Held by Keeper.
#pragma once

#include "sql/keeper.hpp"

#include <optional>

namespace fwlearn::sql {

class SetClock {
  public:
    explicit SetClock(Keeper::Say say) : say_(std::move(say)) {}

    /// An observation begins; from now on the clocks are compared.
    void begin(KeeperTime now) { seen_ = now; }
    /// To be called before each batch. Says so where the clock was set since the last time.
    void heed(KeeperTime now);
    /// Tells the record, once, of a clock that was set; `observation` is the one that began then. Whether
    /// there was such. Throws model::SqlError, and is to be asked again then.
    bool tell(Writer& writer, model::Observation& observation);

  private:
    struct Set {
        model::Timestamp ended; ///< of the observation, by the clock of before
        model::Timestamp started;
    };

    Keeper::Say say_;
    std::optional<KeeperTime> seen_; ///< when the clocks were last compared
    std::optional<Set> set_;         ///< still to be told
};

} // namespace fwlearn::sql
