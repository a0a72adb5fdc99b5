// Waits until a record grows, or until somebody wants the waiting to end. Holds SIGINT, SIGTERM and SIGHUP
// back as long as it lives, for itself. Private to this room; used by audit and flows --follow.
#pragma once

#include "replacement.hpp"

#include <csignal>
#include <filesystem>

namespace fwlearn::cli {

class RecordChanges {
  public:
    /// Throws model::SystemError.
    explicit RecordChanges(const std::filesystem::path& database);
    ~RecordChanges();
    RecordChanges(const RecordChanges&) = delete;
    RecordChanges& operator=(const RecordChanges&) = delete;

    /// True once the record's files were written to since the last call, and at the latest after half a
    /// minute: what is on another machine's file system tells nobody. False: a signal came. Not sooner than a
    /// second after it last returned, so that who reads the record each time leaves time for others.
    [[nodiscard]] bool wait();

  private:
    // What they tell of is taken off.
    [[nodiscard]] bool stopped_within(int milliseconds) const;
    [[nodiscard]] bool was_written_to() const;

    std::string file_;
    sigset_t before_{};
    Descriptor signals_;
    Descriptor events_;
};

} // namespace fwlearn::cli
