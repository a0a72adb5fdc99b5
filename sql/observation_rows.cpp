#include "observation_rows.hpp"

#include "statement.hpp"

namespace fwlearn::sql {

ObservationRows::ObservationRows(Connection& connection)
    : latest_end_(connection.database(),
                  // By id: a clock that was wrong for a while may have made an older one the later.
                  "SELECT ifnull(ended, last_alive) FROM observations WHERE source = ? "
                  "ORDER BY id DESC LIMIT 1"),
      begin_(connection.database(),
             "INSERT INTO observations (source, started, last_alive, ended, host, netns, pid, nflog_group, "
             "accounting, attribution_means, attribution_reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
             "RETURNING id"),
      find_(connection.database(),
            "SELECT id FROM observations WHERE source = ? AND started >= ? AND pid = ? "
            "AND ended IS NULL ORDER BY id DESC LIMIT 1"),
      alive_(connection.database(), "UPDATE observations SET last_alive = max(last_alive, ?2) WHERE id = ?1"),
      end_(connection.database(),
           "UPDATE observations SET ended = ?2, last_alive = max(last_alive, ?2) WHERE id = ?1"),
      lengthen_gap_(connection.database(),
                    "UPDATE gaps SET ended = max(ended, ?3), lost = min(lost + ?5, 9223372036854775807) "
                    "WHERE id = (SELECT id FROM gaps WHERE observation_id = ?1 AND reason = ?4 "
                    "AND started <= ?2 AND ended >= ?2 AND (lost IS NULL) = (?5 IS NULL) "
                    "ORDER BY started DESC LIMIT 1)"),
      add_gap_(connection.database(),
               "INSERT INTO gaps (observation_id, started, ended, reason, lost) VALUES (?, ?, ?, ?, ?)"),
      put_counter_(connection.database(),
                   "INSERT OR REPLACE INTO counters (observation_id, name, value) VALUES (?, ?, ?)"),
      find_import_(connection.database(), "SELECT 1 FROM imports WHERE sha256 = ?"),
      add_import_(connection.database(),
                  "INSERT INTO imports (sha256, name, imported, observation_id) VALUES (?, ?, ?, ?)"),
      add_set_aside_(connection.database(),
                     "INSERT INTO set_aside (observation_id, noticed, file) VALUES (?, ?, ?)") {}

std::int64_t ObservationRows::begin(const model::Observation& observation) {
    std::optional<model::Timestamp> latest_end;
    if (observation.source == model::ObservationSource::kernel) {
        Use use(latest_end_);
        if (use.with(observation.source).step()) {
            latest_end = Row(use).time_or_null();
        }
    }
    const auto id = follow(observation);
    if (latest_end && *latest_end < observation.started) {
        add(id, {*latest_end, observation.started, model::GapReason::not_running, std::nullopt});
    }
    return id;
}

std::int64_t ObservationRows::follow(const model::Observation& observation) {
    Use use(begin_);
    use.with(observation.source, observation.started, observation.last_alive, observation.ended,
             observation.host, observation.netns, observation.pid, observation.nflog_group,
             observation.accounting, observation.means, observation.why_not_better)
        .step();
    return use.column(0).getInt64();
}

std::optional<std::int64_t> ObservationRows::find(const model::Observation& observation) {
    Use use(find_);
    if (!use.with(observation.source, observation.started, observation.pid).step()) {
        return std::nullopt;
    }
    return use.column(0).getInt64();
}

void ObservationRows::add_set_aside(std::int64_t observation, const model::ForeignText& file,
                                    model::Timestamp noticed) {
    Use(add_set_aside_).with(observation, noticed, file).run();
}

void ObservationRows::alive(std::int64_t observation, model::Timestamp alive) {
    Use(alive_).with(observation, alive).run();
}

void ObservationRows::end(std::int64_t observation, model::Timestamp ended) {
    Use(end_).with(observation, ended).run();
}

void ObservationRows::add(std::int64_t observation, const model::CaptureGap& gap) {
    if (Use(lengthen_gap_).with(observation, gap.started, gap.ended, gap.reason, gap.lost).run() == 0) {
        Use(add_gap_).with(observation, gap.started, gap.ended, gap.reason, gap.lost).run();
    }
}

void ObservationRows::put_counter(std::int64_t observation, const std::string& name, std::uint64_t value) {
    Use(put_counter_).with(observation, name, value).run();
}

bool ObservationRows::imported(const std::string& sha256_hex) {
    return Use(find_import_).with(sha256_hex).step();
}

void ObservationRows::add_import(std::int64_t observation, const std::string& sha256_hex,
                                 const model::ForeignText& file_name, model::Timestamp now) {
    Use(add_import_).with(sha256_hex, file_name, now, observation).run();
}

} // namespace fwlearn::sql
