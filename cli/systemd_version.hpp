// Which systemd there is on this host: asked of the manager over the system bus, and where there is none, as
// in a chroot or while an image is made, of systemctl(1).
// Private to this room; called by systemd_options.
#pragma once

#include <optional>

namespace fwlearn::cli {

/// "252.39-1~deb12u2" is 252. Nothing where neither says so.
std::optional<unsigned> systemd_version();

} // namespace fwlearn::cli
