#include "sql/reader.hpp"

#include "collector_lock.hpp"
#include "open_for_reading.hpp"
#include "program_rows.hpp"
#include "read_flows.hpp"
#include "schedule_rows.hpp"
#include "statement.hpp"

#include <model/gap_reasons.hpp>

#include <SQLiteCpp/Transaction.h>

namespace fwlearn::sql {
namespace {

/// An observation is certain up to its end, or to when it was last known to be alive.
std::vector<model::Observation> read_observations(Connection& connection, const model::TimeRange& range) {
    SQLite::Statement statement(
        connection.database(),
        "SELECT source, started, last_alive, ended, host, netns, pid, nflog_group, accounting, "
        "attribution_means, attribution_reason "
        "FROM observations WHERE (?1 IS NULL OR ifnull(ended, last_alive) >= ?1) "
        "AND (?2 IS NULL OR started < ?2) ORDER BY id");
    std::vector<model::Observation> observations;
    Use use(statement);
    use.with(range.since, range.until);
    while (use.step()) {
        Row row(use);
        model::Observation observation;
        observation.source = row.enumerator(model::ObservationSource::jsonl);
        observation.started = row.time();
        observation.last_alive = row.time();
        observation.ended = row.time_or_null();
        observation.host = row.text();
        observation.netns = row.number<std::uint64_t>();
        observation.pid = row.number<std::uint32_t>();
        observation.nflog_group = row.number<std::uint16_t>();
        observation.accounting = row.flag();
        observation.means = row.enumerator(model::AttributionMeans::hooks);
        observation.why_not_better = row.text();
        observations.push_back(std::move(observation));
    }
    return observations;
}

std::vector<model::CaptureGap> read_gaps(Connection& connection, const model::TimeRange& range) {
    SQLite::Statement statement(connection.database(),
                                "SELECT started, ended, reason, lost FROM gaps "
                                "WHERE (?1 IS NULL OR ended >= ?1) AND (?2 IS NULL OR started < ?2) "
                                "ORDER BY started, ended, reason, lost");
    std::vector<model::CaptureGap> gaps;
    Use use(statement);
    use.with(range.since, range.until);
    while (use.step()) {
        Row row(use);
        model::CaptureGap gap;
        gap.started = row.time();
        gap.ended = row.time();
        gap.reason = row.enumerator(model::last_gap_reason);
        gap.lost = row.number_or_null<std::uint64_t>();
        gaps.push_back(gap);
    }
    return gaps;
}

} // namespace

class Reader::State {
  public:
    explicit State(const std::filesystem::path& path) : connection_(open_for_reading(path)) {}
    Connection connection_;
};

Reader::Reader(const std::filesystem::path& database) {
    explaining(database, [&] { state_ = std::make_unique<State>(database); });
}
Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;

model::Record Reader::read(const model::TimeRange& range) const {
    Connection& connection = state_->connection_;
    return explaining(connection.path(), [&] {
        // One snapshot for all; rolled back at the end, since nothing was written.
        const SQLite::Transaction snapshot(connection.database());
        StoredIdentities stored = read_identities(connection);
        model::Record record;
        record.observations = read_observations(connection, range);
        record.gaps = read_gaps(connection, range);
        record.flows = read_flows(connection, stored, range);
        record.names = read_names(connection, stored);
        record.configured = read_configured(connection);
        record.programs = read_programs(connection);
        record.schedules = read_schedules(connection, stored);
        record.runs = read_runs(connection, stored, range);
        record.identities = std::move(stored.identities);
        return record;
    });
}

std::vector<model::Observation> Reader::observations() const {
    return explaining(state_->connection_.path(), [&] { return read_observations(state_->connection_, {}); });
}

std::vector<std::pair<std::string, std::uint64_t>> Reader::counters() const {
    return explaining(state_->connection_.path(), [&] {
        SQLite::Statement statement(state_->connection_.database(),
                                    "SELECT name, value FROM counters WHERE observation_id = "
                                    "(SELECT id FROM observations WHERE source = ? "
                                    "ORDER BY id DESC LIMIT 1) ORDER BY name");
        std::vector<std::pair<std::string, std::uint64_t>> counters;
        Use use(statement);
        use.with(model::ObservationSource::kernel);
        while (use.step()) {
            Row row(use);
            std::string name = row.bytes();
            counters.emplace_back(std::move(name), row.number<std::uint64_t>());
        }
        return counters;
    });
}

std::optional<std::uint32_t> Reader::collector_pid() const {
    return CollectorLock::holder(state_->connection_.path());
}

} // namespace fwlearn::sql
