#include "sql/totals.hpp"

#include "hour_range.hpp"
#include "open_for_reading.hpp"
#include "statement.hpp"
#include "traffic_walk.hpp"

#include <model/gap_reasons.hpp>

#include <SQLiteCpp/Transaction.h>

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

namespace fwlearn::sql {
namespace {

/// The doubles of a row, from left to right.
class Doubles {
  public:
    explicit Doubles(const Use& use, int first = 0) : use_(use), index_(first) {}
    double next() { return use_.column(index_++).getDouble(); }

  private:
    const Use& use_;
    int index_;
};

/// What of a flow's key is summed by.
struct Class {
    model::FlowVerdict verdict;
    model::Attribution attribution;
    bool with_owner;
    bool overflow;
};

/// By the rows' ids. SQLite would look each flow up in its tree for each of its hours, which takes three
/// times as long as all else.
class Classes {
  public:
    explicit Classes(Connection& connection) {
        SQLite::Statement statement(
            connection.database(),
            "SELECT id, verdict, attribution, owner_kind, overflow FROM flows ORDER BY id");
        for (Use use(statement); use.step();) {
            Row row(use);
            ids_.push_back(row.number<std::int64_t>());
            const auto verdict = row.enumerator(model::FlowVerdict::shadowed);
            const auto attribution = row.enumerator(model::Attribution::exact);
            const auto owner = row.enumerator(model::OwnerKind::user);
            classes_.push_back({verdict, attribution, owner != model::OwnerKind::unknown, row.flag()});
        }
    }

    [[nodiscard]] const Class& of(std::int64_t id) const {
        const auto found = std::lower_bound(ids_.begin(), ids_.end(), id);
        if (found == ids_.end() || *found != id) {
            throw_damaged();
        }
        return classes_[static_cast<std::size_t>(found - ids_.begin())];
    }
    [[nodiscard]] std::size_t size() const { return ids_.size(); }

  private:
    std::vector<std::int64_t> ids_; ///< ascending
    std::vector<Class> classes_;
};

void add_flows(Connection& connection, Totals& totals) {
    const Classes classes(connection);
    totals.distinct_flows = static_cast<double>(classes.size());
    std::array<double, 3> verdicts{};
    std::array<double, 3> attributions{};
    SQLite::Statement statement(connection.database(),
                                "SELECT flow_id, hour, count, answered, refused, unanswered FROM flow_hours "
                                "WHERE hour >= ? AND hour < ? ORDER BY hour, flow_id");
    Use use(statement);
    const auto hours = hours_in({});
    use.with(hours.first, hours.end);
    TrafficWalk traffic_walk(connection, hours);
    while (use.step()) {
        const auto id = use.column(0).getInt64();
        const auto& [verdict, attribution, with_owner, overflow] = classes.of(id);
        Doubles row(use, 2);
        const double count = row.next();
        verdicts.at(static_cast<std::size_t>(verdict)) += count;
        attributions.at(static_cast<std::size_t>(attribution)) += count;
        totals.with_owner += with_owner ? count : 0;
        totals.overflowed += overflow ? count : 0;
        totals.answered += row.next();
        totals.refused += row.next();
        totals.unanswered += row.next();
        const auto traffic = traffic_walk.of(use.column(1).getInt64(), id);
        (verdict == model::FlowVerdict::denied ? totals.denied_packets : totals.packets_out) +=
            static_cast<double>(traffic.packets_out);
        totals.bytes_out += static_cast<double>(traffic.bytes_out);
        totals.packets_in += static_cast<double>(traffic.packets_in);
        totals.bytes_in += static_cast<double>(traffic.bytes_in);
    }
    traffic_walk.end();
    for (std::size_t number = 0; number < verdicts.size(); ++number) {
        totals.flows[static_cast<model::FlowVerdict>(number)] = verdicts.at(number);
        totals.attributed[static_cast<model::Attribution>(number)] = attributions.at(number);
    }
}

/// Row 0 of either is the one that is not known.
void add_identities(Connection& connection, Totals& totals) {
    SQLite::Statement rows(connection.database(), "SELECT count(*) FROM processes WHERE id <> 0");
    Use counted(rows);
    counted.step();
    totals.processes = Doubles(counted).next();
    SQLite::Statement tasks(connection.database(),
                            "SELECT kind, count(*) FROM tasks WHERE id <> 0 GROUP BY kind ORDER BY kind");
    Use use(tasks);
    while (use.step()) {
        Row task(use);
        const auto kind = task.enumerator(model::TaskKind::kernel);
        totals.tasks[kind] = static_cast<double>(task.number<std::uint64_t>());
    }
}

void add_gaps(Connection& connection, Totals& totals) {
    SQLite::Statement statement(connection.database(),
                                "SELECT reason, count(*), total(lost), total(CAST(ended AS REAL) - started) "
                                "FROM gaps GROUP BY reason ORDER BY reason");
    Use use(statement);
    while (use.step()) {
        const auto reason = Row(use).enumerator(model::last_gap_reason);
        Doubles row(use);
        row.next();
        auto& gaps = totals.gaps[reason];
        gaps.count = row.next();
        gaps.lost = row.next();
        gaps.milliseconds = row.next();
    }
}

void add_runs(Connection& connection, Totals& totals) {
    SQLite::Statement statement(connection.database(), "SELECT minutes, succeeded, failed FROM task_runs");
    for (Use use(statement); use.step();) {
        Row row(use);
        model::TaskRuns runs;
        for (auto* bits : {&runs.minutes, &runs.succeeded, &runs.failed}) {
            *bits = static_cast<std::uint64_t>(row.number<std::int64_t>());
        }
        totals.runs_succeeded += std::popcount(runs.minutes & runs.succeeded);
        totals.runs_failed += std::popcount(runs.only_failed());
        totals.runs_of_unknown_end += std::popcount(runs.minutes & ~runs.succeeded & ~runs.failed);
    }
}

} // namespace

Totals read_totals(const std::filesystem::path& database) {
    return explaining(database, [&] {
        Connection connection = open_for_reading(database);
        const SQLite::Transaction snapshot(connection.database());
        Totals totals;
        add_flows(connection, totals);
        add_identities(connection, totals);
        add_gaps(connection, totals);
        add_runs(connection, totals);
        return totals;
    });
}

} // namespace fwlearn::sql
