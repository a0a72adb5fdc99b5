#include "context.hpp"
#include "read_record.hpp"
#include "run_program.hpp"
#include "systemd_units.hpp"

#include <analyzer/coverage.hpp>
#include <model/errors.hpp>
#include <sql/reader.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <set>

namespace fwlearn::cli {
namespace {

struct Options {
    std::vector<std::string> names;
    bool yes = false;
};

/// One thing that can be run in the place of a schedule's clock.
struct Rehearsal {
    std::string what; ///< printable ASCII
    std::vector<std::string> command;
    std::string remark; ///< what it does not show; may be empty
};

/// What a package's job does over the network, without what it changes on the host. Both may be run at any
/// time: apt-get(8) update fetches lists, certbot(1) asks the staging server and keeps nothing.
struct Probe {
    std::string_view schedule; ///< part of its name
    std::vector<std::string> command;
    const char* remark;
};
const std::vector<Probe>& probes() {
    static const std::vector<Probe> all{
        {"apt-daily.timer", {"apt-get", "update"}, "the timer stays unseen: it runs more than this"},
        {"/etc/cron.daily/apt-compat",
         {"apt-get", "update"},
         "the script stays unseen: it runs more than this"},
        {"certbot",
         {"certbot", "renew", "--dry-run"},
         "the real renewal asks the production server, which this one does not"}};
    return all;
}

class Rehearser {
  public:
    Rehearser(const Options& options, Context& context) : options_(options), context_(context) {}

    int run() {
        const sql::Reader reader(context_.database);
        if (!reader.collector_pid()) {
            throw model::UsageError(
                "nobody is observing into this record, so nothing would be learned from a "
                "rehearsal: start fwlearn observe (or its service) first");
        }
        const auto entries = chosen(analyzer::ledger(read_record(context_.database)));
        if (entries.empty()) {
            say("every schedule that is known has run while somebody observed: nothing to rehearse");
            return done;
        }
        for (const auto& entry : entries) {
            if (!offer(entry)) {
                break;
            }
        }
        say(fmt::format("\n{} run, {} of them failed; what they sent is in the record now (fwlearn coverage)",
                        run_, failed_));
        return failed_ == 0 ? done : findings;
    }

  private:
    void say(const std::string& line) const { context_.out << line << '\n' << std::flush; }

    [[nodiscard]] std::vector<analyzer::LedgerEntry> chosen(std::vector<analyzer::LedgerEntry> ledger) const {
        std::set<std::string> unknown(options_.names.begin(), options_.names.end());
        std::vector<analyzer::LedgerEntry> entries;
        for (auto& entry : ledger) {
            const auto& name = entry.schedule.task.name.raw_bytes();
            const bool named =
                std::find(options_.names.begin(), options_.names.end(), name) != options_.names.end();
            unknown.erase(name);
            if (named || (options_.names.empty() && entry.is_open())) {
                entries.push_back(std::move(entry));
            }
        }
        if (!unknown.empty()) {
            throw model::UsageError("there is no schedule " +
                                    model::for_terminal(model::ForeignText(*unknown.begin())) +
                                    " in this record (fwlearn coverage lists them)");
        }
        return entries;
    }

    /// False: no more of this.
    bool offer(const analyzer::LedgerEntry& entry) {
        const auto& schedule = entry.schedule;
        say(fmt::format("\n{}, {}{}", model::for_terminal(schedule.task.name),
                        schedule.next_run ? "due " + model::to_rfc3339(*schedule.next_run)
                                          : std::string("without a next date"),
                        schedule.command.empty() ? std::string()
                                                 : ": " + model::for_terminal(schedule.command)));
        const auto rehearsals = rehearsals_of(schedule);
        if (rehearsals.empty()) {
            say("  " + why_none_);
        }
        return std::all_of(rehearsals.begin(), rehearsals.end(),
                           [this](const Rehearsal& one) { return ask_and_run(one); });
    }

    std::vector<Rehearsal> rehearsals_of(const model::Schedule& schedule) {
        std::vector<Rehearsal> rehearsals;
        const auto& name = schedule.task.name.raw_bytes();
        if (schedule.kind == model::ScheduleKind::timer) {
            add_unit(name, rehearsals);
        } else {
            why_none_ =
                "only timers of the system are started from here: what else runs by the clock runs in "
                "its own time, or by your hand";
        }
        for (const auto& probe : probes()) {
            if (name.find(probe.schedule) != std::string::npos) {
                // A service of its own: in this terminal it would be somebody's session, which no rule is
                // for.
                std::vector<std::string> command{"systemd-run", "--wait", "--collect", "--quiet"};
                command.push_back("--unit=fwlearn-rehearse-" + probe.command.front());
                command.insert(command.end(), probe.command.begin(), probe.command.end());
                rehearsals.push_back(
                    {fmt::format("{}", fmt::join(probe.command, " ")), std::move(command), probe.remark});
            }
        }
        return rehearsals;
    }

    /// Services that do their work and end; another's start might change what the host does from then on.
    void add_unit(const std::string& timer, std::vector<Rehearsal>& rehearsals) {
        if (!units_) {
            units_.emplace();
        }
        const auto unit = units_->unit_of_timer(timer);
        const auto type = unit ? units_->type_of(*unit) : std::string();
        if (type == "oneshot") {
            rehearsals.push_back({"systemctl start " + model::for_terminal(model::ForeignText(*unit)),
                                  {"systemctl", "start", "--", *unit},
                                  {}});
        } else if (!unit || type.empty()) {
            why_none_ = "systemd does not know it now";
        } else {
            why_none_ = fmt::format("{} is a service of type {}, and only those of type oneshot are started "
                                    "from here",
                                    model::for_terminal(model::ForeignText(*unit)),
                                    model::for_terminal(model::ForeignText(type)));
        }
    }

    bool ask_and_run(const Rehearsal& rehearsal) {
        if (!options_.yes) {
            const auto answer =
                asked(fmt::format("  run `{}` now{}? [y]es, [n]o, [q]uit:", rehearsal.what,
                                  rehearsal.remark.empty() ? std::string() : " (" + rehearsal.remark + ")"));
            if (answer != "y" && answer != "yes") {
                return answer != "q" && answer != "quit" && !std::cin.eof();
            }
        }
        const int status = run_program(rehearsal.command);
        ++run_;
        failed_ += status == 0 ? 0 : 1;
        say(fmt::format("  {}: {}", rehearsal.what,
                        status == 0 ? std::string("done") : fmt::format("failed (exit status {})", status)));
        return true;
    }

    [[nodiscard]] std::string asked(const std::string& question) const {
        context_.out << question << ' ' << std::flush;
        std::string answer;
        std::getline(std::cin, answer);
        return answer;
    }

    const Options& options_;
    Context& context_;
    std::optional<SystemdUnits> units_;
    std::string why_none_;
    std::size_t run_ = 0;
    std::size_t failed_ = 0;
};

} // namespace

void add_rehearse(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand(
        "rehearse", "Run what has not been seen to run, one at a time and only when confirmed");
    auto options = std::make_shared<Options>();
    verb->add_option("NAME", options->names,
                     "These schedules, as coverage names them; else all that were not seen")
        ->type_name("");
    verb->add_flag("--yes", options->yes, "Ask nothing; only for schedules that are named")
        ->needs(verb->get_option("NAME"));
    verb->footer("Exit status 1: something that was run has failed.");
    verb->callback([&context, options] {
        context.verb = [&context, options] { return Rehearser(*options, context).run(); };
    });
}

} // namespace fwlearn::cli
