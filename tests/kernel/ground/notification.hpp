// The socket on which a program says that it is ready (sd_notify(3)).
// Knows nothing of the program. Used by observing, and by the box.
#pragma once

#include "process.hpp"
#include "temporary.hpp"

namespace fwlearn::kernel_test {

class Notification {
  public:
    Notification();

    /// What NOTIFY_SOCKET has to be for the program.
    [[nodiscard]] std::string path() const { return (directory_.path() / "notify").string(); }
    /// What is said next; throws with what it said on stderr when the process ends before or takes longer
    /// than 60 s.
    std::string next(const Process& process);
    /// Returns all that was said until READY=1; throws as next() does.
    std::string wait_until_ready(const Process& process);

  private:
    TemporaryDirectory directory_;
    Fd socket_;
};

} // namespace fwlearn::kernel_test
