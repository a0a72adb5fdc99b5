#include "context.hpp"
#include "name_refresh.hpp"

#include <collector/names/lookup.hpp>
#include <collector/process/cgroup_root.hpp>
#include <firewall/name_sets.hpp>
#include <firewall/unit_sets.hpp>
#include <model/counted.hpp>
#include <model/errors.hpp>
#include <model/foreign_text.hpp>

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <map>
#include <set>
#include <span>

namespace fwlearn::cli {
namespace {

using Clock = std::chrono::steady_clock;

firewall::FilledUnits fill_units() {
    std::filesystem::path root;
    try {
        root = collector::process::cgroup2_root("/proc/self/mountinfo");
    } catch (const model::SystemError&) {
        // It matters only to a whitelist that knows units, and there it is said.
    }
    return firewall::fill_unit_sets(root);
}

/// What a loaded whitelist has to be filled, units first: resolving may need theirs.
struct Sets {
    firewall::FilledUnits units;
    std::vector<firewall::NameSet> names;
};

enum class Need : std::uint8_t {
    names_or_units,
    units,   ///< whose sets alone are to be filled
    nothing, ///< may be loaded
};

Sets sets_or_refuse(Context& context, Need need) {
    const bool units_alone = need == Need::units;
    Sets sets{fill_units(), {}};
    if (!units_alone) {
        sets.names = firewall::read_name_sets();
    }
    const auto& [running, stopped, unknown] = sets.units;
    if (need != Need::nothing && sets.names.empty() && running + stopped + unknown.size() == 0) {
        throw model::UsageError(
            fmt::format("no whitelist with {}units is loaded: load what fwlearn suggest -o "
                        "nft prints first (nft -f FILE)",
                        units_alone ? "" : "names or "));
    }
    for (const auto& set : unknown) {
        context.err << fmt::format(
                           "fwlearn: the set {} does not say whose it is (its comment is cut): only a "
                           "drop-in of systemd can fill it\n",
                           model::for_terminal(model::ForeignText(set)))
                    << std::flush;
    }
    return sets;
}

std::vector<std::string> names_of(const std::vector<firewall::NameSet>& sets) {
    std::set<std::string> names;
    for (const auto& set : sets) {
        names.insert(set.name);
    }
    return {names.begin(), names.end()};
}

/// How many of the names were not resolved wholly.
std::size_t refresh_all(Context& context, std::span<const std::string> names) {
    NameRefresh refresh(context);
    std::size_t failed = 0;
    while (!names.empty()) {
        const auto refreshed = refresh.refresh_first(names);
        failed += static_cast<std::size_t>(std::count_if(refreshed.begin(), refreshed.end(),
                                                         [](const auto& it) { return !it.second.whole; }));
        names = names.subspan(refreshed.size());
    }
    return failed;
}

/// What refresh needs of the network is sent once, so that it is in the record of whoever observes now, and
/// the whitelist of names that comes of it lets refresh ask.
int rehearse(Context& context) {
    const bool answered = collector::names::rehearse_look_up();
    if (!answered) {
        context.err << "fwlearn: no name server answers\n" << std::flush;
    } else if (!context.quiet) {
        context.out << "no names are loaded: the name servers were asked for localhost, for observe to see\n";
    }
    return answered ? done : findings;
}

int refresh_once(Context& context, Need need) {
    const bool units_alone = need == Need::units;
    const auto sets = sets_or_refuse(context, need);
    if (!context.quiet) {
        context.out << fmt::format("{} in the sets; {} not running\n",
                                   model::counted(sets.units.running, "running unit is", "running units are"),
                                   model::counted(sets.units.stopped, "unit is", "units are"))
                    << std::flush;
    }
    const auto names = names_of(sets.names);
    if (need == Need::nothing && names.empty()) {
        const int status = rehearse(context);
        return sets.units.unknown.empty() ? status : findings;
    }
    const auto failed = refresh_all(context, names);
    if (!context.quiet && !units_alone) {
        context.out << fmt::format("{} refreshed, {} could not be resolved\n",
                                   model::counted(names.size() - failed, "name"), failed);
    }
    return failed == 0 && sets.units.unknown.empty() ? done : findings;
}

/// Asks for every name again as its TTL runs out, until a signal.
class Watch {
  public:
    explicit Watch(Context& context) : context_(context), refresh_(context) {}

    int run(Need need) {
        const auto names = names_of(sets_or_refuse(context_, need).names);
        sigset_t signals;
        sigemptyset(&signals);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
            sigaddset(&signals, signal);
        }
        sigprocmask(SIG_BLOCK, &signals, nullptr);
        // Before the first question: who waits for this must not wait for names that nobody answers for.
        sd_notifyf(0, "READY=1\nSTATUS=%zu names", names.size());
        if (!context_.quiet) {
            context_.err << fmt::format("fwlearn: watching {}\n", model::counted(names.size(), "name"))
                         << std::flush;
        }
        if (need == Need::nothing && names.empty()) {
            rehearse(context_);
        }
        for (;;) {
            const auto wait = ask();
            const auto whole = std::chrono::floor<std::chrono::seconds>(wait);
            const timespec pause{static_cast<time_t>(whole.count()),
                                 static_cast<long>(std::chrono::nanoseconds(wait - whole).count())};
            if (sigtimedwait(&signals, nullptr, &pause) > 0) {
                return done;
            }
        }
    }

  private:
    std::chrono::milliseconds ask() {
        try {
            fill_units();
            return ask_those_due();
        } catch (const model::SystemError& error) {
            // The whitelist may be loaded anew at this moment.
            context_.err << "fwlearn: " << error.what() << '\n' << std::flush;
            return NameTurns::again_after;
        }
    }

    /// A second's worth of those that are due, those that fail behind the others.
    std::chrono::milliseconds ask_those_due() {
        std::set<std::string> names;
        firewall::read_name_sets([&names](const auto& name) {
            names.insert(name);
            return false;
        });
        std::erase_if(turns_, [&names](const auto& entry) { return !names.contains(entry.first); });
        const auto due = due_of(names);
        const auto refreshed = refresh_.refresh_first(due);
        for (const auto& [name, result] : refreshed) {
            auto& turn = turns_[name];
            turn.due = Clock::now() + turn.turns.after(result.answer);
        }
        if (!refreshed.empty()) {
            sd_notifyf(0, "STATUS=%zu names, %zu refreshed just now", names.size(), refreshed.size());
        }
        auto wait = NameTurns::again_after; // also to see that a whitelist was loaded anew
        for (const auto& [name, turn] : turns_) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(turn.due - Clock::now());
            wait = std::clamp(left, std::chrono::milliseconds(1), wait);
        }
        return wait;
    }

    std::vector<std::string> due_of(const std::set<std::string>& names) {
        const auto now = Clock::now();
        std::vector<std::string> due;
        for (const auto& name : names) {
            if (turns_.try_emplace(name, Turn{now, {}}).first->second.due <= now) {
                due.push_back(name);
            }
        }
        const auto key = [this](const auto& name) {
            const auto& turn = turns_.at(name);
            return std::pair(turn.turns.failing(), turn.due);
        };
        std::stable_sort(due.begin(), due.end(),
                         [&key](const auto& one, const auto& other) { return key(one) < key(other); });
        return due;
    }

    struct Turn {
        Clock::time_point due;
        NameTurns turns;
    };

    Context& context_;
    NameRefresh refresh_;
    std::map<std::string, Turn> turns_;
};

} // namespace

void add_refresh(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand(
        "refresh",
        "Resolve the loaded whitelist's names, and add to their sets; fill those of units that run");
    struct Options {
        bool watch = false;
        bool units = false;
        bool rehearse = false;
    };
    auto options = std::make_shared<Options>();
    auto* watch = verb->add_flag("--watch", options->watch,
                                 "Go on until stopped, and ask for each name again as its TTL runs out");
    verb->add_flag("--units", options->units,
                   "Only the sets of units: nothing is resolved, nothing waited for")
        ->excludes(watch);
    verb->add_flag("--rehearse", options->rehearse,
                   "Where no names are loaded, ask the name servers for localhost, for observe to see")
        ->excludes("--units");
    verb->callback([&context, options] {
        context.verb = [&context, options] {
            const auto need = options->units      ? Need::units
                              : options->rehearse ? Need::nothing
                                                  : Need::names_or_units;
            return options->watch ? Watch(context).run(need) : refresh_once(context, need);
        };
    });
}

} // namespace fwlearn::cli
