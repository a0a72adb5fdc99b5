// The rows of observations and of what hangs on one: gaps, counters, imported files.
// Knows nothing of flows and remembers nothing. Called by Writer, within its transaction.
#pragma once

#include "connection.hpp"

#include <model/record.hpp>

#include <SQLiteCpp/Statement.h>

#include <optional>
#include <string_view>

namespace fwlearn::sql {

class ObservationRows {
  public:
    explicit ObservationRows(Connection& connection);

    /// Its row. A kernel observation also gets the gap between it and the latest one before it.
    std::int64_t begin(const model::Observation& observation);
    /// The same without a gap: nothing lies between.
    std::int64_t follow(const model::Observation& observation);
    /// The row of one that was begun before, by when and by which process.
    std::optional<std::int64_t> find(const model::Observation& observation);
    void add_set_aside(std::int64_t observation, const model::ForeignText& file, model::Timestamp noticed);
    void alive(std::int64_t observation, model::Timestamp alive);
    void end(std::int64_t observation, model::Timestamp ended);
    /// A gap that touches one of the same reason lengthens that, so that an overrun that lasts for hours
    /// stays one row.
    void add(std::int64_t observation, const model::CaptureGap& gap);
    void put_counter(std::int64_t observation, const std::string& name, std::uint64_t value);

    bool imported(const std::string& sha256_hex);
    void add_import(std::int64_t observation, const std::string& sha256_hex,
                    const model::ForeignText& file_name, model::Timestamp now);

  private:
    SQLite::Statement latest_end_, begin_, find_, alive_, end_;
    SQLite::Statement lengthen_gap_, add_gap_, put_counter_;
    SQLite::Statement find_import_, add_import_, add_set_aside_;
};

} // namespace fwlearn::sql
