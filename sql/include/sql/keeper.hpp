// Keeps a record going for the collector, whatever the disk does: full, read-only, locked, damaged, or its
// file moved away. What cannot be stored is refused, to be given again; of each trouble one line is said.
// Knows nothing of where batches come from, and reads no clock. Called by cli's observe, from one thread.
#pragma once

#include <sql/writer.hpp>

#include <chrono>
#include <functional>
#include <optional>

namespace fwlearn::sql {

struct KeeperOptions {
    /// What is older is deleted, by the hour, and by a reckoning that no clock that is set can hurry:
    /// reckoning.hpp.
    std::optional<std::chrono::milliseconds> keep{};
    std::uint64_t reserve = std::uint64_t{4} << 20U; ///< bytes set apart for when the disk is full
    /// Bytes of the write-ahead log. It can be longer only while somebody reads without an end (a stopped
    /// process): from there on it is stored once a minute, and from four times as much on not at all.
    std::uint64_t longest_log = std::uint64_t{64} << 20U;
};

/// Now, by the clock of the host and by the one that nobody sets.
struct KeeperTime {
    model::Timestamp wall;
    std::chrono::steady_clock::time_point steady;
};

class Keeper {
  public:
    using Say = std::function<void(const std::string&)>;
    using Counters = std::vector<std::pair<std::string, std::uint64_t>>;

    /// As Writer for a collector, but a damaged record is set aside and a new one begun, and where the disk
    /// is full or another process has locked the record that is said, and it is opened at a later store().
    /// Throws what Writer throws.
    Keeper(const std::filesystem::path& database, const KeeperOptions& options, Say say, KeeperTime now);
    ~Keeper();
    Keeper(const Keeper&) = delete;
    Keeper& operator=(const Keeper&) = delete;

    /// Where it cannot be stored yet it is with the first batch that can. Throws model::SqlError.
    void begin_observation(const model::Observation& observation, KeeperTime now);
    /// False: it could not be stored, nothing of it was, and it is to be given again, with what came since.
    /// What is wrong has been said, by the second refusal at the latest. Never waits for a lock for longer
    /// than a tenth of a second, because who calls has sockets to read. Where the host's clock was set by a
    /// minute or more since the last time, or the host slept, the observation ends by the clock of before and
    /// another begins: none may last for the ten years that a clock was set by.
    bool store(const model::Batch& batch, const model::Identities& identities, const Counters& counters,
               KeeperTime now);
    /// From now on locks are waited for as others wait: nothing else is left to do.
    void be_patient();
    /// Throws model::SqlError.
    void end_observation(KeeperTime now);

  private:
    class State;
    std::unique_ptr<State> state_;
};

} // namespace fwlearn::sql
