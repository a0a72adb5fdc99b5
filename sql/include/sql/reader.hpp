// Reads a record's database, in place beside a running collector or copied to anywhere.
// Never creates or changes a file; knows nothing of what the record is read for.
// Called by every reading subcommand of cli. Not for two threads at once.
#pragma once

#include <model/record.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fwlearn::sql {

/// Every member throws model::SqlError.
class Reader {
  public:
    explicit Reader(const std::filesystem::path& database);
    ~Reader();
    Reader(Reader&&) noexcept;
    Reader& operator=(Reader&&) noexcept;
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    /// One consistent snapshot. Flows are summed over the hours that intersect `range`; observations and
    /// gaps are those that intersect it; names and identities are all there are, because a name that was
    /// learned before the range explains a flow in it.
    /// The same content gives the same record, whatever the order in which it was written.
    [[nodiscard]] model::Record read(const model::TimeRange& range = {}) const;
    /// By start.
    [[nodiscard]] std::vector<model::Observation> observations() const;
    /// Of the newest kernel observation, by name.
    [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> counters() const;
    /// The collector that is writing at this moment, if there is one (0: there is, but its pid is not
    /// known). Nothing on a copy.
    [[nodiscard]] std::optional<std::uint32_t> collector_pid() const;

  private:
    class State;
    std::unique_ptr<State> state_;
};

} // namespace fwlearn::sql
