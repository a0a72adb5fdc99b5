#include "sql/writer.hpp"

#include "collector_lock.hpp"
#include "database_file.hpp"
#include "flow_rows.hpp"
#include "migrate.hpp"
#include "name_rows.hpp"
#include "observation_rows.hpp"
#include "program_rows.hpp"
#include "schedule_rows.hpp"
#include "set_aside.hpp"
#include "statement.hpp"

#include <SQLiteCpp/Transaction.h>
#include <sqlite3.h>

#include <stdexcept>

namespace fwlearn::sql {
namespace {

Connection opened(const std::filesystem::path& path) {
    if (has_lost_its_content(path)) {
        throw model::SqlError(printable(path) +
                              " is gone or empty, and its log is there, which a new one would "
                              "delete: put the record back, or move its -wal away");
    }
    prepare_for_writing(path);
    refuse_foreign(path);
    return Connection::for_writing(path);
}

/// What `connection` needs before its tables are there to prepare statements for.
Connection& made_ready(Connection& connection) {
    connection.begin_writing();
    migrate(connection, migrations());
    return connection;
}

} // namespace

class Writer::State {
  public:
    State(const std::filesystem::path& path, WriterRole role)
        : connection_(opened(path)),
          lock_(role == WriterRole::collector ? std::make_unique<CollectorLock>(path)
                                              : std::unique_ptr<CollectorLock>()),
          observations_(made_ready(connection_)), identities_(connection_), flows_(connection_),
          names_(connection_), programs_(connection_), schedules_(connection_),
          data_version_(connection_.database(), "PRAGMA data_version") {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    ~State() {
        if (!abandoned_) {
            checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
        }
    }

    /// Nobody is waited for: who still reads keeps the log, and the next time it is tried again.
    bool checkpoint(int mode) {
        sqlite3* const handle = connection_.database().getHandle();
        sqlite3_busy_timeout(handle, 0);
        const int result = sqlite3_wal_checkpoint_v2(handle, nullptr, mode, nullptr, nullptr);
        sqlite3_busy_timeout(handle, static_cast<int>(patience_.count()));
        return result == SQLITE_OK;
    }

    /// All or nothing. Row ids that were learned in a transaction that did not happen are forgotten.
    template <typename Action>
    void in_transaction(Action&& action) {
        explaining(connection_, [&] {
            try {
                SQLite::Transaction transaction(connection_.database(),
                                                SQLite::TransactionBehavior::IMMEDIATE);
                forget_what_others_changed();
                action();
                transaction.commit();
            } catch (...) {
                forget();
                throw;
            }
        });
    }

    void forget() {
        identities_.forget();
        flows_.forget();
        names_.forget();
    }

    /// A row whose id is remembered may be deleted, and the id another's by now.
    void forget_what_others_changed() {
        Use use(data_version_);
        use.step();
        const auto version = use.column(0).getInt64();
        if (version != seen_version_) {
            forget();
            seen_version_ = version;
        }
    }

    /// Within a transaction.
    void add(std::int64_t observation, const model::Batch& batch, const model::Identities& identities,
             model::Timestamp now) {
        identities_.write_users(identities);
        BatchRows rows(identities_, identities);
        for (const model::FlowDelta& delta : batch.flows) {
            flows_.add(delta, rows, names_.row(identities.name(delta.key.name)));
        }
        for (const model::NameBinding& binding : batch.names) {
            names_.add(binding, rows);
        }
        for (const model::ProgramFile& program : batch.programs) {
            programs_.put(program);
        }
        if (batch.configured) {
            names_.replace(*batch.configured);
        }
        if (batch.schedules) {
            schedules_.replace(*batch.schedules, identities_, now);
        }
        for (const model::TaskRuns& runs : batch.runs) {
            schedules_.add(runs, rows);
        }
        for (const model::CaptureGap& gap : batch.gaps) {
            observations_.add(observation, gap);
        }
    }

    [[nodiscard]] std::int64_t current() const {
        if (!current_) {
            throw std::logic_error("sql::Writer: begin_observation() comes first");
        }
        return *current_;
    }

    Connection connection_;
    std::unique_ptr<CollectorLock> lock_;
    ObservationRows observations_;
    IdentityRows identities_;
    FlowRows flows_;
    NameRows names_;
    ProgramRows programs_;
    ScheduleRows schedules_;
    SQLite::Statement data_version_; ///< https://www.sqlite.org/pragma.html#pragma_data_version
    std::int64_t seen_version_ = 0;
    std::optional<std::int64_t> current_; ///< the observation that is being written
    std::chrono::milliseconds patience_ = busy_timeout;
    bool abandoned_ = false;
};

Writer::Writer(const std::filesystem::path& database, WriterRole role) {
    explaining(database, [&] { state_ = std::make_unique<State>(database, role); });
}
Writer::~Writer() = default;
Writer::Writer(Writer&&) noexcept = default;
Writer& Writer::operator=(Writer&&) noexcept = default;

void Writer::begin_observation(const model::Observation& observation) {
    std::int64_t row = 0;
    state_->in_transaction([&] { row = state_->observations_.begin(observation); });
    state_->current_ = row;
}

void Writer::commit(const model::Batch& batch, const model::Identities& identities, model::Timestamp alive) {
    const std::int64_t observation = state_->current();
    state_->in_transaction([&] {
        state_->add(observation, batch, identities, alive);
        state_->observations_.alive(observation, alive);
    });
}

void Writer::set_counters(std::span<const std::pair<std::string, std::uint64_t>> counters) {
    const std::int64_t observation = state_->current();
    state_->in_transaction([&] {
        for (const auto& [name, value] : counters) {
            state_->observations_.put_counter(observation, name, value);
        }
    });
}

void Writer::end_observation(model::Timestamp ended) {
    const std::int64_t observation = state_->current();
    state_->in_transaction([&] { state_->observations_.end(observation, ended); });
    state_->current_.reset();
}

void Writer::continue_observation(const model::Observation& observation) {
    std::int64_t row = 0;
    state_->in_transaction([&] {
        const auto known = state_->observations_.find(observation);
        row = known ? *known : state_->observations_.begin(observation);
    });
    state_->current_ = row;
}

void Writer::follow_clock(model::Timestamp ended, const model::Observation& next) {
    const std::int64_t observation = state_->current();
    std::int64_t row = 0;
    state_->in_transaction([&] {
        state_->observations_.end(observation, ended);
        row = state_->observations_.follow(next);
    });
    state_->current_ = row;
}

void Writer::note_set_aside(const std::filesystem::path& file, model::Timestamp noticed,
                            const std::optional<model::CaptureGap>& unknown) {
    const std::int64_t observation = state_->current();
    state_->in_transaction([&] {
        state_->observations_.add_set_aside(observation, model::ForeignText(file.native()), noticed);
        if (unknown) {
            state_->observations_.add(observation, *unknown);
        }
    });
}

void Writer::wait_for_locks(std::chrono::milliseconds longest) {
    state_->patience_ = longest;
    sqlite3_busy_timeout(state_->connection_.database().getHandle(), static_cast<int>(longest.count()));
}

bool Writer::restart_log() {
    return state_->checkpoint(SQLITE_CHECKPOINT_RESTART);
}

bool Writer::has_moved() {
    int moved = 0;
    sqlite3_file_control(state_->connection_.database().getHandle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return moved != 0;
}

void Writer::abandon() {
    sqlite3_db_config(state_->connection_.database().getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
                      nullptr);
    state_->abandoned_ = true;
    state_.reset();
}

bool Writer::already_imported(std::string_view sha256_hex) {
    return explaining(state_->connection_.path(),
                      [&] { return state_->observations_.imported(std::string(sha256_hex)); });
}

void Writer::import(const model::Observation& observation, const model::Batch& batch,
                    const model::Identities& identities, std::string_view sha256_hex,
                    const model::ForeignText& file_name, model::Timestamp now) {
    const std::string sha256(sha256_hex);
    state_->in_transaction([&] {
        if (state_->observations_.imported(sha256)) {
            throw model::SqlError(model::for_terminal(file_name) + " is in " +
                                  printable(state_->connection_.path()) + " already: nothing was added");
        }
        const std::int64_t row = state_->observations_.begin(observation);
        state_->add(row, batch, identities, now);
        state_->observations_.add_import(row, sha256, file_name, now);
    });
}

} // namespace fwlearn::sql
