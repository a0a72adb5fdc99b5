// The wall clocks of the time zones that schedules are written in, the host's own among them. Each zone is
// read once. Private to the ledger.
#pragma once

#include "recurrence.hpp"
#include "settings/host_files.hpp"

#include <model/time.hpp>

#include <memory>
#include <string>

namespace fwlearn::collector::host {

class WallClocks {
  public:
    /// `files` are the host's.
    explicit WallClocks(settings::HostFiles& files);
    ~WallClocks();
    WallClocks(const WallClocks&) = delete;
    WallClocks& operator=(const WallClocks&) = delete;

    /// IANA's name of it; "UTC" where the host does not say.
    [[nodiscard]] const std::string& host_zone() const;
    [[nodiscard]] bool is_known(const std::string& zone) const;
    /// A zone that is not known counts as UTC.
    [[nodiscard]] LocalSecond local(model::Timestamp time, const std::string& zone) const;
    /// A time that the zone leaves out is that of its next second; of one that it has twice the first.
    [[nodiscard]] model::Timestamp instant(LocalSecond local, const std::string& zone) const;
    /// Runs on the wall clock of the zone `own` (empty: the host's), as the clock of `zone` has them.
    [[nodiscard]] NextRun seen_from(const std::string& zone, const std::string& own, NextRun runs) const;

  private:
    struct Zones;
    std::unique_ptr<Zones> zones_;
};

} // namespace fwlearn::collector::host
