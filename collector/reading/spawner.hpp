// A process that is forked before anything is opened, and that starts one child after the other from the
// state in which it was then: what its maker opens and learns later (the record, the programs' maps) is in no
// child's memory. Knows nothing of what the children do. Used by the reader process.
#pragma once

#include <sys/types.h>

#include <functional>

namespace fwlearn::collector::reading {

class Spawner {
  public:
    /// What a child does, given its end of a socket and the pid of the spawner.
    using Work = std::function<void(int socket, pid_t spawner)>;

    /// Throws SystemError.
    explicit Spawner(const Work& work);
    /// Ends it, and its child.
    ~Spawner();
    Spawner(const Spawner&) = delete;
    Spawner& operator=(const Spawner&) = delete;

    struct Child {
        int socket = -1; ///< the caller closes it
        pid_t pid = -1;
    };
    /// Ends the child that there is, and starts another. -1, -1: it could not. Throws SystemError where the
    /// process itself is gone (killed for want of memory, say): it cannot be made again.
    [[nodiscard]] Child start() const;

  private:
    int socket_ = -1;
    pid_t pid_ = -1;
};

} // namespace fwlearn::collector::reading
