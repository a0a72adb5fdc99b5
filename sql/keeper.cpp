#include "sql/keeper.hpp"

#include "collector_lock.hpp"
#include "connection.hpp"
#include "database_file.hpp"
#include "held_log.hpp"
#include "migrate.hpp"
#include "reserve.hpp"
#include "retention.hpp"
#include "set_aside.hpp"
#include "set_clock.hpp"
#include "standing.hpp"
#include "trouble_with.hpp"

namespace fwlearn::sql {
namespace {

using namespace std::chrono_literals;

/// A disk that damages whatever is written to it must not be filled with damaged records.
constexpr auto between_new_records = 1min;
/// How often it is looked whether there is room for a reserve again.
constexpr auto between_reserves = 10s;

constexpr const char* kept = " (keeping what is observed until it can be stored)";

bool is(const std::optional<StorageError>& error, Trouble trouble) {
    return error && error->trouble() == trouble;
}

} // namespace

class Keeper::State {
  public:
    State(const std::filesystem::path& database, const KeeperOptions& options, Say to, KeeperTime now)
        : path_(database), say_(std::move(to)), clock_(say_), log_(database, options.longest_log, say_),
          reserve_(database, options.reserve) {
        prepare_for_writing(path_);
        const auto damage = trouble_with_record();
        // The lock before anything is changed; a file that is refused gets none beside it.
        lock_.emplace(path_);
        if (damage) {
            put_aside(now);
        }
        auto trouble = trouble_with([&] { open(); });
        if (is(trouble, Trouble::damaged)) {
            put_aside(now);
            trouble = trouble_with([&] { open(); });
        }
        if (is(trouble, Trouble::full) && reserve_.give_up()) {
            trouble = trouble_with([&] { open(); });
        }
        bear(trouble);
        reserve_.make();
        reserve_tried_ = now.steady;
        if (options.keep) {
            retention_.emplace(path_, *options.keep);
        }
    }

    void begin(const model::Observation& observation, KeeperTime now) {
        observation_ = observation;
        clock_.begin(now);
        const auto tell = [&] {
            if (writer_) {
                tell_observation();
            } else {
                open();
            }
        };
        auto trouble = trouble_with(tell);
        if (is(trouble, Trouble::damaged)) {
            trouble = begin_anew(*trouble, now);
        }
        if (is(trouble, Trouble::full) && make_room(*trouble, now)) {
            trouble = trouble_with(tell);
        }
        if (trouble) {
            writer_.reset(); // as in open()
        }
        bear(trouble);
    }

    bool store(const model::Batch& batch, const model::Identities& identities, const Counters& counters,
               KeeperTime now) {
        if (writer_ && writer_->has_moved()) {
            say_(printable(path_) + " was moved or removed while it was written: a new record is begun");
            if (retention_) {
                retention_->let_go();
            }
            writer_.reset();
            lock_.reset(); // its file may have gone with the record: nobody would see it
            begin_after_what_is_stored();
            is_new_ = true;
        }
        clock_.heed(now);
        const bool last_time = patience_ != collector_busy_timeout;
        if (writer_ && !last_time && log_.is_held(*writer_, now)) {
            return false;
        }
        const auto put = [&] {
            if (!writer_) {
                open();
            }
            follow_clock();
            writer_->commit(is_new_ ? standing_.added_to(batch) : batch, identities, now.wall);
        };
        auto trouble = trouble_with(put);
        if (is(trouble, Trouble::damaged)) {
            trouble = begin_anew(*trouble, now);
            if (!trouble) {
                trouble = trouble_with(put);
            }
        }
        if (is(trouble, Trouble::full) && make_room(*trouble, now)) {
            trouble = trouble_with(put);
        }
        if (trouble) {
            refuse(*trouble);
            return false;
        }
        standing_.note(batch);
        is_new_ = false;
        stored_until_ = now.wall;
        log_.note_stored(now);
        welcome();
        // The batch is in, whatever becomes of the counters: giving it again would count it twice.
        trouble_with([&] { write(counters); });
        if (now.steady - reserve_tried_ >= between_reserves) {
            reserve_tried_ = now.steady;
            reserve_given_up_ = !reserve_.make() && reserve_given_up_;
        }
        delete_old(now);
        return true;
    }

    void be_patient() {
        patience_ = busy_timeout;
        if (writer_) {
            writer_->wait_for_locks(patience_);
        }
    }

    void end(KeeperTime now) {
        clock_.heed(now);
        if (!writer_) {
            open();
        }
        follow_clock();
        writer_->end_observation(now.wall);
    }

  private:
    /// What the host may be over with by itself is no reason not to begin: who starts when the disk is full,
    /// at a boot or an upgrade, has nobody who starts it again. All else throws.
    void bear(const std::optional<StorageError>& trouble) {
        if (is(trouble, Trouble::full) || is(trouble, Trouble::locked)) {
            refuse(*trouble);
        } else if (trouble) {
            throw StorageError(*trouble);
        }
    }

    /// What is wrong with a file that is to be set aside. Throws where it is to be refused.
    std::optional<StorageError> trouble_with_record() {
        if (has_lost_its_content(path_)) {
            return StorageError(Trouble::damaged, "");
        }
        try {
            explaining(path_, [&] { refuse_foreign(path_); });
        } catch (const StorageError& error) {
            if (!was_a_record(path_)) {
                throw;
            }
            if (error.trouble() == Trouble::full || error.trouble() == Trouble::locked) {
                return std::nullopt; // to read takes the log's index, and who opens it will say so
            }
            if (error.trouble() != Trouble::damaged) {
                throw;
            }
            return error;
        }
        return std::nullopt;
    }

    void open() {
        if (has_lost_its_content(path_)) {
            throw StorageError(Trouble::damaged, printable(path_) + " is gone, and its log is there");
        }
        if (!lock_) {
            lock_.emplace(path_);
        }
        // Importers take no lock of the collector's: this one holds it longer than any writer lives.
        Writer writer(path_, WriterRole::importer);
        writer.wait_for_locks(patience_);
        writer_.emplace(std::move(writer));
        if (!observation_) {
            return;
        }
        try {
            tell_observation();
        } catch (...) {
            writer_.reset(); // none that would store for an observation that the record does not have
            throw;
        }
    }

    void follow_clock() {
        if (observation_ && clock_.tell(*writer_, *observation_)) {
            stored_until_.reset();
        }
    }

    void tell_observation() {
        writer_->continue_observation(*observation_);
        if (aside_) {
            writer_->note_set_aside(aside_->file, aside_->noticed, aside_->unknown);
            aside_.reset();
        }
    }

    void put_aside(KeeperTime now) {
        let_go();
        const auto file = set_aside(path_, now.wall);
        say_(printable(path_) + " is damaged: it is " + printable(file) + " now, and a new record is begun");
        ++set_aside_;
        last_aside_ = now.steady;
        aside_ = Aside{file, now.wall, std::nullopt};
        if (has_stored_some()) {
            // What was stored until then is in the old file; what came since is given again.
            aside_->unknown = model::CaptureGap{observation_->started, *stored_until_,
                                                model::GapReason::not_running, std::nullopt};
            begin_after_what_is_stored();
        }
        is_new_ = true;
    }

    [[nodiscard]] bool has_stored_some() const {
        return observation_ && stored_until_ && observation_->started < *stored_until_;
    }

    /// A new record knows nothing of what is in the one before, and does not say that it was observed.
    void begin_after_what_is_stored() {
        if (has_stored_some()) {
            observation_->started = observation_->last_alive = *stored_until_;
        }
    }

    std::optional<StorageError> begin_anew(const StorageError& damage, KeeperTime now) {
        if (last_aside_ && now.steady - *last_aside_ < between_new_records) {
            return damage;
        }
        return trouble_with([&] {
            put_aside(now);
            open();
        });
    }

    /// Nothing waits for it: what cannot be deleted now can be deleted later.
    void delete_old(KeeperTime now) {
        if (!retention_) {
            return;
        }
        const auto trouble = trouble_with([&] { retention_->tick(now); });
        if (is(trouble, Trouble::damaged)) {
            if (const auto still = begin_anew(*trouble, now)) {
                refuse(*still);
            }
        } else if (trouble && trouble->trouble() != Trouble::locked && !said_not_deleted_) {
            said_not_deleted_ = true;
            say_(trouble->what() + std::string(" (what is too old is deleted later)"));
        } else if (!trouble) {
            said_not_deleted_ = false;
        }
    }

    /// No connection of this process's to the record is left.
    void let_go() {
        if (retention_) {
            retention_->let_go();
        }
        if (writer_) {
            writer_->abandon();
            writer_.reset();
        }
    }

    /// Whether it is worth trying again.
    bool make_room(const StorageError& full, KeeperTime now) {
        const bool given = reserve_.give_up();
        if (given && !reserve_given_up_) {
            reserve_given_up_ = true;
            say_(std::string(full.what()) + " (the reserve beside it was given up: it goes on for a while)");
        }
        if (retention_) {
            retention_->hasten();
            trouble_with([&] { retention_->tick(now); });
        }
        return (writer_ && writer_->restart_log()) || given;
    }

    void refuse(const StorageError& trouble) {
        const bool first = !refused_;
        refused_ = true;
        // A lock that is gone a second later is nothing to tell.
        if (!said_ && !(first && trouble.trouble() == Trouble::locked)) {
            said_ = true;
            say_(trouble.what() + std::string(kept));
        }
        // After an error of the disk's nothing that was opened before it is to be relied on: what is mounted
        // there next is another file system, with another lock.
        if (trouble.trouble() == Trouble::read_only || trouble.trouble() == Trouble::other) {
            let_go();
            lock_.reset();
        }
    }

    void welcome() {
        if (said_) {
            say_("the record can be written again");
        }
        refused_ = said_ = false;
    }

    void write(const Counters& counters) {
        if (set_aside_ == 0) {
            writer_->set_counters(counters);
            return;
        }
        Counters all = counters;
        all.emplace_back("records_set_aside", set_aside_);
        writer_->set_counters(all);
    }

    struct Aside {
        std::filesystem::path file;
        model::Timestamp noticed;
        std::optional<model::CaptureGap> unknown;
    };

    std::filesystem::path path_;
    Say say_;
    SetClock clock_;
    HeldLog log_;
    Reserve reserve_;
    std::optional<CollectorLock> lock_;
    std::optional<Writer> writer_; ///< none: to be opened again
    std::optional<model::Observation> observation_;
    std::optional<model::Timestamp> stored_until_;
    Standing standing_;
    std::optional<Retention> retention_;
    std::optional<Aside> aside_; ///< still to be told to the record
    std::optional<std::chrono::steady_clock::time_point> last_aside_;
    std::chrono::steady_clock::time_point reserve_tried_;
    std::chrono::milliseconds patience_ = collector_busy_timeout;
    std::uint64_t set_aside_ = 0;
    bool is_new_ = false; ///< and has not been told yet what stands
    bool reserve_given_up_ = false;
    bool refused_ = false;
    bool said_ = false;
    bool said_not_deleted_ = false;
};

Keeper::Keeper(const std::filesystem::path& database, const KeeperOptions& options, Say say, KeeperTime now)
    : state_(std::make_unique<State>(database, options, std::move(say), now)) {}
Keeper::~Keeper() = default;

void Keeper::begin_observation(const model::Observation& observation, KeeperTime now) {
    state_->begin(observation, now);
}

bool Keeper::store(const model::Batch& batch, const model::Identities& identities, const Counters& counters,
                   KeeperTime now) {
    return state_->store(batch, identities, counters, now);
}

void Keeper::be_patient() {
    state_->be_patient();
}

void Keeper::end_observation(KeeperTime now) {
    state_->end(now);
}

} // namespace fwlearn::sql
