// What a collector says once and a record goes on holding: settings, schedules, files that were run. A record
// that is begun anew while the collector runs must be told it again.
// Knows nothing of files. Held by Keeper.
#pragma once

#include <model/record.hpp>

#include <map>

namespace fwlearn::sql {

class Standing {
  public:
    /// What `batch` says of it stands from now on.
    void note(const model::Batch& batch);
    /// `batch`, with all that stands and that it does not say itself.
    [[nodiscard]] model::Batch added_to(const model::Batch& batch) const;

  private:
    std::map<model::ForeignText, model::ProgramFile> programs_; ///< by path
    std::optional<std::vector<model::Configured>> configured_;
    std::optional<std::vector<model::Schedule>> schedules_;
};

} // namespace fwlearn::sql
