#include "sql/purge.hpp"

#include "connection.hpp"
#include "copies.hpp"
#include "hour_range.hpp"
#include "reserve.hpp"
#include "statement.hpp"

#include <SQLiteCpp/Transaction.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>

namespace fwlearn::sql {
namespace {

/// So many rows a transaction: about 20 ms, of which a collector that waits its tenth of a second does not
/// even notice.
constexpr std::int64_t rows_a_step = 5000;
/// Given back at the end of each step, where the disk was full.
constexpr std::int64_t most_pages_a_step_when_full = 64;
/// 1 MiB of pages that are moved, at most as much again that is written.
constexpr std::int64_t pages_a_step = 256;
/// Free pages are used again for what comes. Beyond so many, and this share of the file, they are given back.
constexpr std::int64_t free_pages_kept = 1024;
constexpr std::int64_t free_share_kept = 4;

struct Phase {
    const char* statement = nullptr; ///< ?1: the time, ?2: the same in hours, ?3: how many rows
    std::uint64_t Purged::*counted = nullptr;
    const char* belonging = nullptr; ///< deletes what belongs to the same rows, and is not counted
};

// Keys go after their hours and what they refer to after them, so that a reader never finds a reference to
// nothing. A key that is used again has a newer last_hour; where all is to go, or an older file is imported,
// it may have an hour again that is itself too old, and stays with that.
constexpr std::array phases = {
    Phase{"DELETE FROM flow_hours WHERE (hour, flow_id) IN (SELECT hour, flow_id FROM flow_hours "
          "WHERE hour < ?2 ORDER BY hour, flow_id LIMIT ?3)",
          &Purged::hours,
          "DELETE FROM flow_traffic WHERE (hour, flow_id) IN (SELECT hour, flow_id FROM flow_hours "
          "WHERE hour < ?2 ORDER BY hour, flow_id LIMIT ?3)"},
    Phase{"DELETE FROM task_runs WHERE (hour, task_id) IN (SELECT hour, task_id FROM task_runs "
          "WHERE hour < ?2 ORDER BY hour, task_id LIMIT ?3)",
          &Purged::hours},
    Phase{"DELETE FROM flows WHERE id IN (SELECT id FROM flows WHERE last_hour < ?2 "
          "AND id NOT IN (SELECT flow_id FROM flow_hours WHERE hour < ?2) LIMIT ?3)",
          &Purged::flows},
    Phase{"DELETE FROM name_bindings WHERE (address, name_id, process_id, source) IN "
          "(SELECT address, name_id, process_id, source FROM name_bindings WHERE last_seen < ?1 LIMIT ?3)",
          &Purged::names},
    Phase{"DELETE FROM gaps WHERE id IN (SELECT id FROM gaps WHERE ended < ?1 LIMIT ?3)", &Purged::others},
};

// Each is one look at the keys: a tenth of a second for 100,000 of them.
constexpr std::array unreferred = {
    "DELETE FROM processes WHERE id <> 0 AND id NOT IN (SELECT process_id FROM flows "
    "UNION SELECT creator_id FROM flows UNION SELECT process_id FROM name_bindings)",
    "DELETE FROM tasks WHERE id <> 0 AND id NOT IN (SELECT task_id FROM flows "
    "UNION SELECT task_id FROM schedules UNION SELECT task_id FROM task_runs)",
    "DELETE FROM interfaces WHERE id <> 0 AND id NOT IN (SELECT interface_id FROM flows)",
    "DELETE FROM names WHERE id <> 0 AND id NOT IN (SELECT name_id FROM flows "
    "UNION SELECT name_id FROM name_bindings)",
};

/// What a collector says once, and then only when it has changed.
constexpr std::array said_once = {"configured", "schedules", "program_files", "users", "groups"};

} // namespace

class Purge::State {
  public:
    State(const std::filesystem::path& database, const PurgeOptions& options)
        : connection_(Connection::for_writing(database)), options_(options) {
        if (options_.before != model::Timestamp::max()) {
            // The hour that the time is in is not over: its flows stay, and so do their names and gaps.
            options_.before = model::Timestamp(model::hour_of(options_.before));
        }
        connection_.begin_writing();
        sqlite3_busy_timeout(handle(), static_cast<int>(options.patience.count()));
        // What is deleted here is what nothing refers to; to find that out by itself, SQLite would look
        // through all hours for each key.
        connection_.database().exec("PRAGMA foreign_keys = OFF");
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        if (options_.shrink) {
            // What a full disk has given the log, others would take.
            checkpoint(is_full_ ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_TRUNCATE);
        }
    }

    bool step() {
        if (is_full_) { // so that the log, which cannot become longer, begins anew
            checkpoint(SQLITE_CHECKPOINT_RESTART);
        }
        if (phase_ < phases.size()) {
            const auto& phase = phases[phase_];
            const auto rows = delete_old(phase);
            purged_.*phase.counted += rows;
            phase_ += rows < static_cast<std::uint64_t>(rows_) ? 1 : 0;
            return true;
        }
        if (phase_ == phases.size()) {
            delete_observations();
            remove_copies(connection_.path(), options_.before);
            ++phase_;
            return true;
        }
        const std::size_t dictionary = phase_ - phases.size() - 1;
        // A dictionary that lost no reference has no row too many, unless an earlier purge was cut short.
        const bool may_have = options_.shrink || purged_.flows + purged_.names + purged_.hours > 0;
        if (dictionary < unreferred.size() && may_have) {
            purged_.identities += deleted(unreferred[dictionary]);
            ++phase_;
            return true;
        }
        return give_back();
    }

    /// Whether a step that found the disk full is worth trying again. Who purges often does so because it is
    /// full, and what is set apart for that lies beside the record.
    bool make_room() {
        if (!options_.shrink) {
            return false; // a collector's, which has its own way
        }
        const bool given = Reserve(connection_.path(), 1).give_up();
        is_full_ = true;
        if (!given && rows_ == 1) {
            return false;
        }
        rows_ = given ? rows_ : std::max<std::int64_t>(rows_ / 10, 1);
        return true;
    }

    /// After a step: on a full disk what it freed is room for the next one's log, which may be longer then.
    void use_what_is_free() {
        if (is_full_) {
            checkpoint(SQLITE_CHECKPOINT_RESTART);
            const auto pages = std::min(rows_, most_pages_a_step_when_full);
            connection_.database().tryExec("PRAGMA incremental_vacuum(" + std::to_string(pages) + ")");
            rows_ = std::min(rows_ * 2, rows_a_step);
        }
    }

    Connection connection_;
    PurgeOptions options_;
    Purged purged_;

  private:
    sqlite3* handle() { return connection_.database().getHandle(); }
    std::int64_t number(const char* query) { return connection_.database().execAndGet(query).getInt64(); }

    /// Nobody is waited for.
    void checkpoint(int mode) {
        sqlite3_busy_timeout(handle(), 0);
        sqlite3_wal_checkpoint_v2(handle(), nullptr, mode, nullptr, nullptr);
        sqlite3_busy_timeout(handle(), static_cast<int>(options_.patience.count()));
    }

    /// Not more than a step's.
    std::uint64_t delete_old(const Phase& phase) {
        SQLite::Transaction transaction(connection_.database(), SQLite::TransactionBehavior::IMMEDIATE);
        if (phase.belonging != nullptr) {
            deleted_old(phase.belonging);
        }
        const auto rows = deleted_old(phase.statement);
        transaction.commit();
        return rows;
    }

    std::uint64_t deleted_old(const char* text) {
        SQLite::Statement statement(connection_.database(), text);
        Use use(statement);
        use.with(options_.before, hours_in({options_.before, std::nullopt}).first, rows_);
        return static_cast<std::uint64_t>(use.run());
    }

    std::uint64_t deleted(const std::string& text) {
        return static_cast<std::uint64_t>(connection_.database().exec(text));
    }

    /// Those that ended before, with what hangs on them. There are few.
    void delete_observations() {
        SQLite::Database& database = connection_.database();
        SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
        database.exec("CREATE TEMP TABLE gone (id INTEGER PRIMARY KEY)");
        SQLite::Statement choose(
            database,
            "INSERT INTO temp.gone SELECT id FROM observations WHERE ifnull(ended, last_alive) < ?1 "
            "AND NOT (?2 AND id = (SELECT id FROM observations WHERE source = 0 "
            "ORDER BY id DESC LIMIT 1))");
        Use(choose).with(options_.before, options_.beside_collector).run();
        for (const char* const table : {"gaps", "counters", "imports", "set_aside"}) {
            purged_.others += deleted(std::string("DELETE FROM ") + table +
                                      " WHERE observation_id IN (SELECT id FROM temp.gone)");
        }
        purged_.others += deleted("DELETE FROM observations WHERE id IN (SELECT id FROM temp.gone)");
        // Time of which nothing is kept does not count as observed, nor do gaps that reach into it.
        for (const char* const text :
             {"UPDATE observations SET started = min(?1, last_alive) WHERE started < min(?1, last_alive)",
              "UPDATE gaps SET started = min(?1, ended) WHERE started < min(?1, ended)"}) {
            SQLite::Statement shorten(database, text);
            Use(shorten).with(options_.before).run();
        }
        if (options_.before == model::Timestamp::max() && !options_.beside_collector) {
            for (const char* const table : said_once) {
                purged_.others += deleted(std::string("DELETE FROM ") + table);
            }
        }
        database.exec("DROP TABLE temp.gone");
        transaction.commit();
    }

    /// Whether there is more to give back.
    bool give_back() {
        const auto free = number("PRAGMA freelist_count");
        const bool much =
            options_.shrink ? free > 0
                            : free > free_pages_kept && free > number("PRAGMA page_count") / free_share_kept;
        if (!much || number("PRAGMA auto_vacuum") == 0) {
            return false;
        }
        connection_.database().exec("PRAGMA incremental_vacuum(" + std::to_string(pages_a_step) + ")");
        return number("PRAGMA freelist_count") < free;
    }

    std::size_t phase_ = 0;
    std::int64_t rows_ = rows_a_step;
    bool is_full_ = false; ///< the disk was, in an earlier step
};

Purge::Purge(const std::filesystem::path& database, const PurgeOptions& options) {
    explaining(database, [&] { state_ = std::make_unique<State>(database, options); });
}
Purge::~Purge() = default;

bool Purge::step() {
    while (true) {
        try {
            const bool more = explaining(state_->connection_, [&] { return state_->step(); });
            state_->use_what_is_free();
            return more;
        } catch (const StorageError& error) {
            if (error.trouble() != Trouble::full || !state_->make_room()) {
                throw;
            }
        }
    }
}

const Purged& Purge::purged() const {
    return state_->purged_;
}

} // namespace fwlearn::sql
