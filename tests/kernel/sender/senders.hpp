// Short-lived processes, as fast as they can be started: each sends one flow of one kind and is gone.
// Knows nothing of who looks at them. Used by attribution_test.
#pragma once

#include "../ground/fd.hpp"

#include <model/service.hpp>

#include <string>
#include <vector>

namespace fwlearn::kernel_test {

/// A way to send.
struct SenderKind {
    const char* name;
    model::Protocol protocol;
    model::Family family = model::Family::ipv4;
    bool any_user = true;       ///< works without privilege
    const char* exe = "";       ///< what sends in the end, where that is not fwlearn_sender
    bool other_creator = false; ///< the socket is another process's
};
const std::vector<SenderKind>& sender_kinds();

struct PlannedSender {
    std::uint32_t uid = 0;
    model::Destination destination; ///< ICMP: the detail is type and code
    std::uint16_t number = 0;       ///< port, or ICMP identifier
};
/// No two of the same kind have the same destination, or for ICMP the same identifier; nor have two kinds of
/// one protocol.
std::vector<PlannedSender> plan_senders(std::size_t kind, std::size_t count);

/// Starts them all from a process of its own, which is in `cgroup` (a folder below the cgroup2 root) from its
/// start.
class Senders {
  public:
    Senders(const std::string& program, const SenderKind& kind, const std::vector<PlannedSender>& planned,
            const std::string& cgroup);
    /// Waits for the starting process, which waits for those that it started.
    ~Senders();
    Senders(const Senders&) = delete;
    Senders& operator=(const Senders&) = delete;

    /// Where each says who it is (Said), before it sends.
    [[nodiscard]] int said_fd() const { return said_.get(); }
    [[nodiscard]] int starter_pid() const { return starter_; }

  private:
    Fd said_;
    int starter_ = -1;
};

} // namespace fwlearn::kernel_test
