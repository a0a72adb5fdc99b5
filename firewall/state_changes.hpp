// Tells who waits for something else that another process has changed the state: confirmed, rolled back.
// Knows nothing of what the state says. Private to this room; used by detached_way_back and health_watch.
#pragma once

#include "firewall/state_directory.hpp"

namespace fwlearn::firewall {

class StateChanges {
  public:
    /// Throws SystemError.
    explicit StateChanges(const StateDirectory& directory);
    ~StateChanges();
    StateChanges(const StateChanges&) = delete;
    StateChanges& operator=(const StateChanges&) = delete;

    /// Readable (poll(2)) when there was one since it was forgotten.
    [[nodiscard]] int descriptor() const { return descriptor_; }
    void forget() const;

  private:
    int descriptor_;
};

} // namespace fwlearn::firewall
