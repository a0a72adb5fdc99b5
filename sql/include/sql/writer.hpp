// Adds to a record's database: observations, what they saw, what the kernel counted, imported files.
// Knows nothing of where batches come from, reads no clock, and shows no SQLite type.
// Called by cli's observe (one collector at a time) and import. Not for two threads at once.
#pragma once

#include <model/record.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace fwlearn::sql {

enum class WriterRole : std::uint8_t {
    collector, ///< the only one of its kind: holds an flock on "<database>.lock" as long as it lives
    importer,  ///< may write beside a running collector
};

/// Every member throws model::SqlError (model::SystemError where the file system refuses), and then has
/// changed nothing: the same call may be made again.
class Writer {
  public:
    /// Creates what is missing (directory 0700, file 0600) and brings an older schema up to date, after
    /// a copy of it beside it. Refuses a newer schema, a foreign or damaged file, another user's file and a
    /// second collector, and leaves each as it was.
    explicit Writer(const std::filesystem::path& database, WriterRole role = WriterRole::collector);
    /// Moves what is in the write-ahead log into the database file, so that a copy of it alone is whole.
    ~Writer();
    Writer(Writer&&) noexcept;
    Writer& operator=(Writer&&) noexcept;
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    /// What follows belongs to `observation`. Where an earlier kernel observation stopped before it, the
    /// time between becomes a gap.
    void begin_observation(const model::Observation& observation);
    /// One transaction: adds the batch up with what is there; `alive` is the time of which it is certain that
    /// the collector was observing. `identities` is what the batch's numbers refer to.
    void commit(const model::Batch& batch, const model::Identities& identities, model::Timestamp alive);
    /// The collector's own counters, each replacing the value that this observation had before.
    void set_counters(std::span<const std::pair<std::string, std::uint64_t>> counters);
    void end_observation(model::Timestamp ended);

    // What Keeper asks of it when something goes wrong.

    /// As begin_observation, unless the record has it already: then what follows belongs to that.
    void continue_observation(const model::Observation& observation);
    /// The host's clock was set: the observation ended at `ended` by the clock of before, and `next` goes on
    /// without a gap by that of now.
    void follow_clock(model::Timestamp ended, const model::Observation& next);
    /// A damaged record, now called `file`, was set aside, and this one begun in its place; it knows nothing
    /// of `unknown`, where that is a time that was observed.
    void note_set_aside(const std::filesystem::path& file, model::Timestamp noticed,
                        const std::optional<model::CaptureGap>& unknown);
    /// How long another process's lock is waited for from now on.
    void wait_for_locks(std::chrono::milliseconds longest);
    /// Moves the log's content into the record and begins the log anew, unless somebody reads what is in it:
    /// false then, or where the disk does not let it. Waits for nobody. The log's file keeps its space, so
    /// that it can be written on a full disk.
    bool restart_log();
    /// The record's file is no longer where it was: what is written would go with it.
    [[nodiscard]] bool has_moved();
    /// Closes, and leaves record and log as they are on the disk. Nothing else may be called after it.
    void abandon();

    /// Whether a file with this content (SHA-256, 64 hexadecimal digits in lower case) is in the record.
    [[nodiscard]] bool already_imported(std::string_view sha256_hex);
    /// A whole file as an observation of its own, in one transaction, with its content's SHA-256 and the time
    /// of importing. Refuses a file that is in the record already.
    void import(const model::Observation& observation, const model::Batch& batch,
                const model::Identities& identities, std::string_view sha256_hex,
                const model::ForeignText& file_name, model::Timestamp now);

  private:
    class State;
    std::unique_ptr<State> state_;
};

} // namespace fwlearn::sql
