#include "state_changes.hpp"

#include <model/errors.hpp>

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace fwlearn::firewall {

StateChanges::StateChanges(const StateDirectory& directory)
    : descriptor_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    if (descriptor_ < 0 || inotify_add_watch(descriptor_, directory.path().c_str(),
                                             IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE) < 0) {
        const int error = errno;
        close(descriptor_);
        throw model::SystemError("cannot watch the state folder", error);
    }
}

StateChanges::~StateChanges() {
    close(descriptor_);
}

void StateChanges::forget() const {
    std::array<char, 4096> ignored{};
    while (read(descriptor_, ignored.data(), ignored.size()) > 0) {
    }
}

} // namespace fwlearn::firewall
