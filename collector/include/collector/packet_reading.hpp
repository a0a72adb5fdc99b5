// The process that reads packets for the observer: without a capability, a file or a system call but to
// answer. To be started before anything else is opened, so that nothing else is in its memory. Knows nothing
// of what is observed. Made by cli/observe, given to the observer.
#pragma once

#include <memory>

namespace fwlearn::collector {

namespace reading {
class ReaderProcess;
}

struct PacketReading {
    /// Throws SystemError.
    PacketReading();
    ~PacketReading();
    PacketReading(PacketReading&&) noexcept;
    PacketReading& operator=(PacketReading&&) = delete;
    PacketReading(const PacketReading&) = delete;
    PacketReading& operator=(const PacketReading&) = delete;

    std::unique_ptr<reading::ReaderProcess> process;
};

} // namespace fwlearn::collector
