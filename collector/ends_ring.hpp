// What conntrack tells of connections' ends in memory that the kernel's side writes, and not message by
// message through the socket: most of what such a message costs is to be queued and received by itself. A BPF
// program at the socket puts there what is wanted of it (bpf/ends.bpf.c). Knows nothing of flows. Used by
// ConntrackEvents, which does without where the kernel has none.
#pragma once

#include "collector/flow_tracker.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

namespace fwlearn::collector {

class EndsRing {
  public:
    /// For what the kernel sends to this socket from now on. Nothing where it does not let us: without its
    /// type information (BTF), CAP_BPF and CAP_PERFMON.
    static std::unique_ptr<EndsRing> at(int socket);
    ~EndsRing();
    EndsRing(const EndsRing&) = delete;
    EndsRing& operator=(const EndsRing&) = delete;

    /// Readable while there is something.
    [[nodiscard]] int fd() const;
    struct Handler {
        std::function<void(const ConntrackEntry&)> ended; ///< TCP's and UDP's, as the program understood them
        std::function<void(std::span<const char>)> told;  ///< all else: a netlink message
    };
    /// The oldest, so many at most, each the kernel's; how many they were.
    std::size_t read(std::size_t most, const Handler& handler);

    /// It was full, and all that has come since then is in the socket, behind what is here.
    [[nodiscard]] bool has_overflowed() const;
    /// The socket was read empty: what comes from now on may come here again.
    void resume();

  private:
    struct State;
    explicit EndsRing(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

} // namespace fwlearn::collector
