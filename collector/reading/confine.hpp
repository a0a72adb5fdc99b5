// Takes from the calling process all that it does not need to read bytes and to answer: every other
// descriptor, user, capability and system call. There is no way back. Knows nothing of what is read. Called
// by the reader process, once, before it reads anything, and by the spawner.
#pragma once

#include <sys/types.h>

namespace fwlearn::collector::reading {

/// Leaves `socket` open, and the process alive for as long as `parent` is. False: not all of it could be
/// taken, and the process must end.
[[nodiscard]] bool confine(int socket, pid_t parent);

/// For the process that starts those which are confined, and ends them: takes all capabilities but root's to
/// make them another user's.
[[nodiscard]] bool keep_only_for_confining();

} // namespace fwlearn::collector::reading
