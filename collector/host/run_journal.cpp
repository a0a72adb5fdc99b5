#include "run_journal.hpp"

#include <systemd/sd-journal.h>

#include <cstdlib>

namespace fwlearn::collector::host {
namespace {

/// What an entry's field may be; of longer ones there is no run (cron takes 1,000 bytes of a command, and
/// prints four for one).
constexpr std::size_t longest_field = 1U << 13U;

struct Freeing {
    void operator()(char* text) const { std::free(text); } // NOLINT: libsystemd makes it by malloc(3)
};

/// Matches of one field are alternatives, of several fields conditions, and a disjunction begins anew
/// (sd_journal_add_match(3)). journald indexes each value, so that other entries are not even looked at.
bool add_alternative(sd_journal* journal, const std::vector<std::string>& matches) {
    bool worked = sd_journal_add_disjunction(journal) >= 0;
    for (const auto& match : matches) {
        worked = worked && sd_journal_add_match(journal, match.data(), match.size()) >= 0;
    }
    return worked;
}

} // namespace

void RunJournal::Closing::operator()(sd_journal* journal) const {
    sd_journal_close(journal);
}

RunJournal::RunJournal(const std::filesystem::path& root) {
    sd_journal* opened = nullptr;
    const int status = root == "/" ? sd_journal_open(&opened, SD_JOURNAL_LOCAL_ONLY)
                                   : sd_journal_open_directory(&opened, root.c_str(), SD_JOURNAL_OS_ROOT);
    if (status < 0) {
        return;
    }
    journal_.reset(opened);
    // Asking for the descriptor makes it watch the folders: without that, files that are added later
    // (rotation, a user's first journal) are not seen (sd_journal_get_fd(3)).
    if (sd_journal_get_fd(opened) < 0 || sd_journal_set_data_threshold(opened, longest_field) < 0 ||
        !begin_at_end() || !ask_for_runs()) {
        journal_.reset();
    }
}

RunJournal::~RunJournal() = default;

bool RunJournal::begin_at_end() {
    auto* journal = journal_.get();
    if (sd_journal_seek_tail(journal) < 0) {
        return false;
    }
    const int found = sd_journal_previous(journal);
    has_entries_ = found > 0;
    char* cursor = nullptr;
    if (found > 0 && sd_journal_get_cursor(journal, &cursor) >= 0) {
        last_ = std::unique_ptr<char, Freeing>(cursor).get();
    }
    return found >= 0;
}

bool RunJournal::ask_for_runs() {
    auto* journal = journal_.get();
    std::vector<std::string> from_systemd{"_PID=1", "_TRANSPORT=journal"};
    std::vector<std::string> from_managers{"_SYSTEMD_USER_UNIT=init.scope", "_TRANSPORT=journal"};
    for (const auto* message : {message_starting, message_started, message_succeeded, message_failed}) {
        from_systemd.push_back(std::string("MESSAGE_ID=") + message);
        from_managers.push_back(from_systemd.back());
    }
    std::vector<std::string> from_units{"_UID=0", "_TRANSPORT=syslog"};
    for (const auto unit : cron_units) {
        from_units.push_back("_SYSTEMD_UNIT=" + std::string(unit));
    }
    return add_alternative(journal, from_systemd) && add_alternative(journal, from_managers) &&
           add_alternative(journal,
                           {"_UID=0", "_TRANSPORT=syslog", "_COMM=cron", "_COMM=crond", "_COMM=anacron"}) &&
           add_alternative(journal, from_units) &&
           // From the tail itself nothing ever comes, whatever is added behind it.
           (last_.empty() ? sd_journal_seek_head(journal) : sd_journal_seek_cursor(journal, last_.c_str())) >=
               0;
}

JournalEntry RunJournal::entry() const {
    JournalEntry fields;
    for (const auto* name : run_fields) {
        const void* data = nullptr;
        std::size_t size = 0;
        if (sd_journal_get_data(journal_.get(), name, &data, &size) < 0) {
            continue;
        }
        const std::string_view text(static_cast<const char*>(data), size); // NAME=value
        const auto equals = text.find('=');
        if (equals != std::string_view::npos && text.size() <= longest_field) {
            fields.emplace(name, text.substr(equals + 1));
        }
    }
    return fields;
}

std::vector<SeenRun> RunJournal::read() {
    std::vector<SeenRun> runs;
    auto* journal = journal_.get();
    if (journal == nullptr || sd_journal_process(journal) < 0) {
        return runs;
    }
    for (int taken = 0; taken < most_at_once && sd_journal_next(journal) > 0; ++taken) {
        has_entries_ = true;
        if (!last_.empty() && sd_journal_test_cursor(journal, last_.c_str()) > 0) {
            continue;
        }
        std::uint64_t received = 0;
        if (sd_journal_get_realtime_usec(journal, &received) < 0) {
            continue;
        }
        const model::Timestamp time{std::chrono::milliseconds(received / 1000)};
        if (auto run = run_in(entry(), time)) {
            runs.push_back(std::move(*run));
        }
    }
    return runs;
}

} // namespace fwlearn::collector::host
