// Reads systemd's journal from the moment it is opened on: what it says of runs. Never waits for anything to
// be written, and takes a bounded number of entries at a time. Must not know which tasks there are, nor judge
// what an entry says (run_entry.hpp). Used by the schedule watch.
#pragma once

#include "run_entry.hpp"

#include <filesystem>
#include <memory>
#include <vector>

struct sd_journal;

namespace fwlearn::collector::host {

class RunJournal {
  public:
    /// Below "/" the journals that this host itself wrote; those that it received from others
    /// (systemd-journal-remote(8)) are named after them and not looked at. Below another root all of its
    /// journals.
    explicit RunJournal(const std::filesystem::path& root);
    ~RunJournal();
    RunJournal(const RunJournal&) = delete;
    RunJournal& operator=(const RunJournal&) = delete;

    /// Whether anything was ever written to it: on a host without systemd, or with Storage=none
    /// (journald.conf(5)), it is empty for good.
    [[nodiscard]] bool has_entries() const { return has_entries_; }
    /// What was written since it was asked last, in its order. Not all where there is more than is taken at
    /// once: the rest comes the next time.
    std::vector<SeenRun> read();

    /// Of the entries that may tell of a run, so many are taken at a time: a minute of a busy cron. journald
    /// lets one service write 333 a second (RateLimitBurst= in journald.conf(5)), so that nobody gets ahead.
    static constexpr int most_at_once = 512;

  private:
    struct Closing {
        void operator()(sd_journal* journal) const;
    };
    /// Where there is none, or it cannot be read, it stays closed.
    bool begin_at_end();
    bool ask_for_runs();
    [[nodiscard]] JournalEntry entry() const;

    std::unique_ptr<sd_journal, Closing> journal_;
    std::string last_; ///< the cursor of the last entry that was there before; empty where there was none
    bool has_entries_ = false;
};

} // namespace fwlearn::collector::host
