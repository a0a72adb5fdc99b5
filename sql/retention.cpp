#include "retention.hpp"

#include "connection.hpp"
#include "reckoning.hpp"
#include "statement.hpp"

namespace fwlearn::sql {
namespace {

using namespace std::chrono_literals;

constexpr auto between_runs = 1h;
/// What is reckoned is stored so often: a kill costs no more of it.
constexpr auto between_reckonings = 1min;

} // namespace

void Retention::reckon(KeeperTime now) {
    Connection connection = Connection::for_writing(path_);
    auto& database = connection.database();
    database.setBusyTimeout(static_cast<int>(collector_busy_timeout.count()));
    database.exec("PRAGMA synchronous = NORMAL");
    explaining(connection, [&] {
        if (!reckoned_) {
            SQLite::Statement query(
                database,
                "SELECT ifnull((SELECT reckoned FROM retention), "
                "(SELECT min(?1, max(ifnull(ended, last_alive))) FROM observations WHERE "
                "source = 0 AND started < (SELECT max(started) FROM observations WHERE source = 0)))");
            Use use(query);
            use.with(now.wall);
            use.step();
            reckoned_ = Row(use).time_or_null().value_or(now.wall);
            reckoned_at_ = now.steady;
        }
        const auto elapsed = std::chrono::floor<std::chrono::milliseconds>(now.steady - reckoned_at_);
        const auto reckoned = reckoned_after(*reckoned_, now.wall, elapsed);
        SQLite::Statement put(database, "INSERT OR REPLACE INTO retention (id, reckoned) VALUES (1, ?)");
        Use(put).with(reckoned).run();
        reckoned_ = reckoned;
        reckoned_at_ = now.steady;
    });
}

void Retention::tick(KeeperTime now) {
    if (!reckoned_ || now.steady - reckoned_at_ >= between_reckonings) {
        explaining(path_, [&] { reckon(now); });
        return;
    }
    if (!run_) {
        if (run_ended_ && now.steady - *run_ended_ < between_runs) {
            return;
        }
        // A clock that was set back keeps the more.
        const auto before = std::min(*reckoned_, now.wall) - keep_;
        run_ = std::make_unique<Purge>(path_,
                                       PurgeOptions{.before = before, .patience = collector_busy_timeout});
    }
    if (!run_->step()) {
        run_.reset();
        run_ended_ = now.steady;
    }
}

void Retention::let_go() {
    run_.reset();
    reckoned_.reset();
}

} // namespace fwlearn::sql
