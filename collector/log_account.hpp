// How many log messages were lost: from the holes in their numbers, and from what the kernel counted beside
// its rules. Pure: reads no socket and no counter. Kept by losses.
#pragma once

#include "collector/nflog.hpp"

namespace fwlearn::collector {

class LogAccount {
  public:
    void read(const ReadResult& result);

    /// What the counter beside observation's rules says now. Called a while (log_check_period) after the last
    /// time, and when the socket has just been read empty: then what was counted the last time has either
    /// come in or is lost, while of what was counted since some may be on its way.
    void counted(std::uint64_t packets);
    /// The same when nothing is logged any more and nothing is on its way.
    void counted_last(std::uint64_t packets);

    /// Messages that did not come in. While messages are on their way this says none too many: the last ones
    /// of a burst show when the next message, or the counter, has been looked at.
    /// Where a whitelist logs to the same group, holes may be its messages', which the counter does not have:
    /// then it is the larger of the two.
    [[nodiscard]] std::uint64_t lost() const;
    /// Whether holes alone tell that many.
    [[nodiscard]] bool shown_by_holes() const { return holes_ >= missing_; }
    /// By observation's rules; nothing where no counter was ever read.
    [[nodiscard]] std::optional<std::uint64_t> logged() const;
    /// By observation's rules: that came in and were used, and those that were thrown away on purpose.
    [[nodiscard]] std::uint64_t received() const { return received_; }
    [[nodiscard]] std::uint64_t simulated() const { return simulated_; }

  private:
    void certain(std::uint64_t packets);
    void take(std::uint64_t packets);

    std::uint64_t received_ = 0, simulated_ = 0;
    std::uint64_t holes_ = 0;
    std::uint64_t missing_ = 0; ///< certainly, by the counter
    std::optional<std::uint64_t> logged_;
    std::uint64_t before_reset_ = 0; ///< what the counter had come to when somebody reset it
};

} // namespace fwlearn::collector
