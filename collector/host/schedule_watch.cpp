#include "schedule_watch.hpp"

#include "bus_timers.hpp"
#include "timer_overlay.hpp"

#include <algorithm>
#include <iterator>

namespace fwlearn::collector::host {
namespace {

using namespace std::chrono_literals;

/// Whoever starts a timer of his own every second must not have us read all day.
constexpr auto between_news = 10s;

} // namespace

ScheduleWatch::ScheduleWatch(std::filesystem::path root, ReadLedger read_ledger)
    : root_(std::move(root)), read_ledger_(std::move(read_ledger)),
      journal_(std::make_unique<RunJournal>(root_)), tasks_(root_) {}

void ScheduleWatch::read(const Now& now) {
    // A journal may begin later: its folder is only made by journald.
    if (!journal_->has_entries()) {
        journal_ = std::make_unique<RunJournal>(root_);
    }
    tasks_.read_again();
    LedgerReading fresh{read_schedules(now), now.wall};
    if (ledger_ && !journal_->has_entries()) {
        add(runs_between(*ledger_, fresh));
    }
    changed_ = changed_ || !ledger_ || ledger_->schedules != fresh.schedules;
    ledger_ = std::move(fresh);
    read_at_ = now;
    news_ = false;
}

std::vector<model::Schedule> ScheduleWatch::read_schedules(const Now& now) const {
    auto schedules = read_ledger_(root_, now.wall);
    if (root_ != "/") { // the systemd that would answer is another host's
        return schedules;
    }
    const auto timers = ask_systemd_for_timers(now.wall, now.steady.time_since_epoch());
    return timers ? with_systemd(std::move(schedules), *timers) : schedules;
}

bool ScheduleWatch::listen(const Now& now) {
    bool read_again = false;
    const auto hear = [&] {
        if (news_ && (!read_at_ || now.steady - read_at_->steady >= between_news)) {
            read(now);
            read_again = true;
        }
    };
    for (const auto& run : journal_->read()) {
        news_ = news_ || tasks_.is_news(run);
        hear(); // first, so that the run itself has its name
        add(tasks_.of(run));
    }
    hear(); // of what came too soon after a reading
    return read_again;
}

void ScheduleWatch::add(std::vector<TaskRun> runs) {
    runs_told_ += static_cast<std::uint64_t>(std::count_if(
        runs.begin(), runs.end(), [](const auto& run) { return run.event == model::RunEvent::began; }));
    std::move(runs.begin(), runs.end(), std::back_inserter(runs_));
}

std::optional<std::vector<model::Schedule>> ScheduleWatch::take_schedules() {
    return std::exchange(changed_, false) ? std::optional(ledger_->schedules) : std::nullopt;
}

std::vector<std::pair<std::string, std::uint64_t>> ScheduleWatch::counters() const {
    const bool by_journal = journal_->has_entries();
    const bool by_stamps =
        !by_journal && ledger_ &&
        std::any_of(ledger_->schedules.begin(), ledger_->schedules.end(),
                    [](const model::Schedule& schedule) { return schedule.last_run.has_value(); });
    return {{"runs_by_journal", by_journal ? 1 : 0},
            {"runs_by_stamps", by_stamps ? 1 : 0},
            {"runs_told", runs_told_}};
}

} // namespace fwlearn::collector::host
