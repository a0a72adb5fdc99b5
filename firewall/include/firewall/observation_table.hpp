// The observation table in the kernel: there while this object lives, and gone with the process even when it
// is killed. Changes no other table. Made by cli/observe.
#pragma once

#include "firewall/observation_rules.hpp"

#include <memory>

namespace fwlearn::firewall {

class ObservationTable {
  public:
    /// Puts the table in, in the place of one that a crash may have left. Throws SystemError, also when the
    /// table is a living collector's.
    explicit ObservationTable(const ObservationRules& rules);
    ~ObservationTable();
    ObservationTable(const ObservationTable&) = delete;
    ObservationTable& operator=(const ObservationTable&) = delete;

    /// Takes the rules away, and leaves their counter: from now on it tells the whole sum. Throws
    /// SystemError.
    void stop_logging();
    /// Packets that its rules logged so far: the truth to compare what was received with. Throws SystemError.
    [[nodiscard]] std::uint64_t logged_packets() const;
    /// Packets that left, and that conntrack was told not to track: they are not logged. Throws SystemError.
    [[nodiscard]] std::uint64_t untracked_packets() const;
    /// Packets of DNS conversations that had too many, which are not copied. Throws SystemError.
    [[nodiscard]] std::uint64_t answers_left_out() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Takes away a table that a collector left behind; true when there was one.
bool remove_observation_table();

} // namespace fwlearn::firewall
