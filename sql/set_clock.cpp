#include "set_clock.hpp"

namespace fwlearn::sql {
namespace {

/// By how much a clock that keeps time may depart from the one that nobody sets, between two batches.
constexpr std::chrono::milliseconds most_drift = std::chrono::minutes(1);

} // namespace

void SetClock::heed(KeeperTime now) {
    if (!seen_) {
        return;
    }
    const auto reckoned =
        seen_->wall + std::chrono::floor<std::chrono::milliseconds>(now.steady - seen_->steady);
    seen_ = now;
    if (std::chrono::abs(now.wall - reckoned) < most_drift) {
        return;
    }
    say_("the host's clock was set from " + model::to_rfc3339(reckoned) + " to " +
         model::to_rfc3339(now.wall) + ", or the host slept: what follows is another observation");
    // What was observed by a clock that held between two batches that could be stored is not a stretch of its
    // own.
    set_ = {set_ ? set_->ended : reckoned, now.wall};
}

bool SetClock::tell(Writer& writer, model::Observation& observation) {
    if (!set_) {
        return false;
    }
    auto next = observation;
    next.started = next.last_alive = set_->started;
    writer.follow_clock(set_->ended, next);
    observation = std::move(next);
    set_.reset();
    return true;
}

} // namespace fwlearn::sql
