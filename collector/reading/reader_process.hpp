// A child process that reads packets and can do nothing else: no file, no capability, no system call but to
// answer. A packet that takes it over or kills it costs that packet. Knows nothing of what packets say. Used
// by the observer.
#pragma once

#include "packet_reader.hpp"
#include "shared_memory.hpp"
#include "spawner.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace fwlearn::collector::reading {

class ReaderProcess {
  public:
    using Read = std::function<Reading(std::span<const RawPacket>, const Now&)>;

    /// Starts it; best before anything else is opened. `read` is what it does, each new one from the state
    /// that `read` has here. Who does not answer for `patience` is taken for dead. Throws SystemError.
    explicit ReaderProcess(Read read = reading_packets(),
                           std::chrono::milliseconds patience = usual_patience);
    ~ReaderProcess();
    ReaderProcess(const ReaderProcess&) = delete;
    ReaderProcess& operator=(const ReaderProcess&) = delete;

    /// What the packets say. Where the child dies of them, each is tried alone in a new one, and the one that
    /// it dies of is as one that could not be understood. Throws SystemError where there never will be a new
    /// one again.
    Reading read(std::span<const RawPacket> packets, const Now& now);

    [[nodiscard]] pid_t pid() const { return pid_; }
    /// Packets that it died of, or that came while none could be started; since the start.
    [[nodiscard]] std::uint64_t not_read() const { return fatal_packets_; }
    /// Named counts since the start.
    [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> counters() const;

    static constexpr std::chrono::milliseconds usual_patience{5000};
    /// What one question takes, in octets: those of its packets, and six for each.
    static constexpr std::size_t most_asked = std::size_t{2} << 20U;

  private:
    static Read reading_packets();
    bool start();
    void end();
    /// Nothing: it died, or said what cannot be.
    std::optional<Reading> ask(std::span<const RawPacket> packets, const Now& now);
    bool start_again(const Now& now);

    // Before the spawner, whose children have them where they are here. A child that was taken over could
    // write to questions as well: of their packets it may say what it likes anyway, and nobody else reads
    // them.
    SharedMemory question_{most_asked};
    SharedMemory answer_{4 * most_asked};
    Spawner spawner_;
    std::vector<std::uint8_t> answered_; ///< as it was when it was looked at; kept for its memory
    std::chrono::milliseconds patience_;
    int socket_ = -1;
    pid_t pid_ = -1;
    // What earlier ones had come to, and the present one's last word.
    std::uint64_t dropped_before_ = 0, given_up_before_ = 0;
    std::uint64_t dropped_ = 0, given_up_ = 0;
    std::uint64_t streams_open_ = 0, heads_open_ = 0; ///< which nobody reads on where it is killed
    std::uint64_t restarts_ = 0, fatal_packets_ = 0;
    std::chrono::steady_clock::time_point second_{};
    unsigned restarts_this_second_ = 0;
};

} // namespace fwlearn::collector::reading
