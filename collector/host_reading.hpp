// What the host itself says, read now and then: what it runs by the clock and has run, its settings, and the
// files that were run. Puts what is new of it where it belongs: to the names, to the senders, into the batch.
// Knows nothing of flows. Asked by the observer, in the time of packets.
#pragma once

#include "collector/aggregator.hpp"
#include "collector/now.hpp"
#include "collector/process/senders.hpp"
#include "host/program_files.hpp"
#include "host/schedule_watch.hpp"
#include "names/names.hpp"

#include <filesystem>
#include <optional>
#include <vector>

namespace fwlearn::collector {

class HostReading {
  public:
    /// Runs of tasks are told from here on; nothing is read yet. All but `root` outlive it, and may be made
    /// after it.
    HostReading(const std::filesystem::path& root, names::Names& names, process::Senders& senders,
                Aggregator& aggregator, model::Identities& identities);

    /// By which runs are named, as they were read last.
    [[nodiscard]] const host::Schedules& schedules() const { return schedules_.schedules(); }

    void begin(const Now& now);
    /// For every second: hears what has run, and every few minutes reads all again.
    void look(const Now& now);
    /// The files of processes that are new in `identities`; for each batch.
    void look_at_new_programs();
    /// What has run, and is to come, as it was in the end.
    void end(const Now& now);

    /// As ScheduleWatch::counters().
    [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> counters() const {
        return schedules_.counters();
    }
    [[nodiscard]] std::uint64_t programs_left_out() const { return programs_.left_out(); }

  private:
    void read_settings();
    void take_schedules();

    std::filesystem::path root_;
    names::Names& names_;
    process::Senders& senders_;
    Aggregator& aggregator_;
    model::Identities& identities_;
    host::ScheduleWatch schedules_;
    host::ProgramFiles programs_;
    std::optional<std::vector<model::Configured>> configured_; ///< as it was read last
    std::optional<Now> read_at_;
};

} // namespace fwlearn::collector
