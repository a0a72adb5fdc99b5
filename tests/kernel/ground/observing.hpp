// `fwlearn observe` in the lab's server, from its word that it is ready until it ends.
// Knows nothing of what it observes. Used by the kernel tests.
#pragma once

#include "netns.hpp"
#include "notification.hpp"

#include <memory>

namespace fwlearn::kernel_test {

class Observing {
  public:
    /// Returns when it said READY=1 (sd_notify(3)); throws with what it said on stderr when it ends before.
    /// `through`: a command that becomes the program (setpriv, unshare); `more`: arguments of `observe`.
    Observing(const Lab& lab, const std::filesystem::path& program, const std::filesystem::path& database,
              const std::vector<std::string>& through = {}, const std::vector<std::string>& more = {});

    [[nodiscard]] Process& process() { return *process_; }
    /// SIGTERM, and its exit status.
    int stop();
    /// SIGKILL, and gone.
    void kill();

    static constexpr const char* group = "97";

  private:
    std::unique_ptr<Process> process_;
};

/// Whether the observation table is in the namespace.
bool has_observation_table(const Namespace& where);

} // namespace fwlearn::kernel_test
