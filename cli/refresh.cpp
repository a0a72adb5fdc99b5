#include "context.hpp"

#include <collector/conntrack.hpp>
#include <collector/names/lookup.hpp>
#include <collector/process/cgroup_root.hpp>
#include <firewall/name_sets.hpp>
#include <firewall/unit_sets.hpp>
#include <model/counted.hpp>
#include <model/errors.hpp>

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <iterator>
#include <map>
#include <set>

namespace fwlearn::cli {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// Between two questions for one name, whatever its TTL says.
constexpr auto soonest = std::chrono::milliseconds(1s);
constexpr auto latest = std::chrono::milliseconds(1h);
/// A failure is tried again after this long, and so is a whitelist that is not loaded yet.
constexpr auto again_after = std::chrono::milliseconds(30s);

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

Sets sets_or_refuse(Context& context, bool units_alone) {
    Sets sets{fill_units(), {}};
    if (!units_alone) {
        sets.names = firewall::read_name_sets();
    }
    const auto& [running, stopped, unknown] = sets.units;
    if (sets.names.empty() && running + stopped + unknown.size() == 0) {
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

/// Those of the addresses to which connections are open: they stay in their sets, whatever names stand for by
/// now. The kernel looks through the whole of its table for them.
std::set<model::Address> in_use(const std::set<model::Address>& addresses) {
    std::set<model::Address> used;
    if (!addresses.empty()) {
        collector::dump_conntrack([&](const collector::ConntrackEntry& entry) {
            const auto& address = entry.tuple.destination.address;
            if (addresses.contains(address)) {
                used.insert(address);
            }
        });
    }
    return used;
}

struct Refreshed {
    std::size_t names = 0;
    std::vector<std::string> failed;
    std::map<std::string, std::uint32_t> ttls; ///< of the names that were resolved
};

/// Resolves `names` and puts what they stand for into their sets. What could not be resolved keeps all that
/// it has for another full timeout.
Refreshed refresh(const std::set<std::string>& names, const std::vector<firewall::NameSet>& sets) {
    Refreshed refreshed;
    std::map<std::string, std::optional<collector::names::Looked>> looked;
    for (const auto& name : names) {
        auto& result = looked[name] = collector::names::look_up(name);
        ++refreshed.names;
        if (!result || result->addresses.empty()) {
            refreshed.failed.push_back(name);
        } else {
            refreshed.ttls[name] = result->ttl;
        }
    }
    std::vector<firewall::Filling> fillings;
    std::set<model::Address> left_out;
    for (const auto& set : sets) {
        const auto found = looked.find(set.name);
        if (found == looked.end()) {
            continue;
        }
        const auto& result = found->second;
        fillings.push_back({set, result ? result->addresses : set.elements});
        const auto& addresses = fillings.back().addresses;
        const std::set<model::Address> found_now(addresses.begin(), addresses.end());
        std::set_difference(set.elements.begin(), set.elements.end(), found_now.begin(), found_now.end(),
                            std::inserter(left_out, left_out.end()));
    }
    const auto used = in_use(left_out);
    for (auto& [set, addresses] : fillings) {
        std::copy_if(set.elements.begin(), set.elements.end(), std::back_inserter(addresses),
                     [&used](const auto& element) { return used.contains(element); });
    }
    firewall::fill(fillings);
    return refreshed;
}

void say_failures(const Refreshed& refreshed, Context& context) {
    for (const auto& name : refreshed.failed) {
        context.err << "fwlearn: " << name
                    << " could not be resolved: its addresses stay as they are (is root's DNS admitted?)\n"
                    << std::flush;
    }
}

std::set<std::string> names_of(const std::vector<firewall::NameSet>& sets) {
    std::set<std::string> names;
    for (const auto& set : sets) {
        names.insert(set.name);
    }
    return names;
}

int refresh_once(Context& context, bool units_alone) {
    const auto sets = sets_or_refuse(context, units_alone);
    if (!context.quiet) {
        context.out << fmt::format("{} in the sets; {} not running\n",
                                   model::counted(sets.units.running, "running unit is", "running units are"),
                                   model::counted(sets.units.stopped, "unit is", "units are"))
                    << std::flush;
    }
    const auto refreshed = refresh(names_of(sets.names), sets.names);
    say_failures(refreshed, context);
    if (!context.quiet && !units_alone) {
        context.out << fmt::format("{} refreshed, {} could not be resolved\n",
                                   model::counted(refreshed.names - refreshed.failed.size(), "name"),
                                   refreshed.failed.size());
    }
    return refreshed.failed.empty() && sets.units.unknown.empty() ? done : findings;
}

/// Asks for every name again as its TTL runs out, until a signal.
class Watch {
  public:
    explicit Watch(Context& context) : context_(context) {}

    int run() {
        sets_or_refuse(context_, false);
        sigset_t signals;
        sigemptyset(&signals);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
            sigaddset(&signals, signal);
        }
        sigprocmask(SIG_BLOCK, &signals, nullptr);
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
            return again_after;
        }
    }

    std::chrono::milliseconds ask_those_due() {
        const auto now = Clock::now();
        std::set<std::string> names;
        const auto sets = firewall::read_name_sets([this, &names, now](const auto& name) {
            names.insert(name);
            return due_.try_emplace(name, now).first->second <= now;
        });
        std::erase_if(due_, [&names](const auto& entry) { return !names.contains(entry.first); });
        const auto wanted = names_of(sets);
        const auto refreshed = refresh(wanted, sets);
        say_failures(refreshed, context_);
        for (const auto& name : wanted) {
            const auto ttl = refreshed.ttls.find(name);
            due_[name] =
                Clock::now() + (ttl == refreshed.ttls.end()
                                    ? again_after
                                    : std::clamp(std::chrono::milliseconds(std::chrono::seconds(ttl->second)),
                                                 soonest, latest));
        }
        sd_notifyf(0, "READY=1\nSTATUS=%zu names, %zu refreshed just now", names.size(), wanted.size());
        if (!ready_) {
            if (!context_.quiet) {
                context_.err << fmt::format("fwlearn: watching {}\n", model::counted(names.size(), "name"))
                             << std::flush;
            }
            ready_ = true;
        }
        auto wait = again_after; // also to see that a whitelist was loaded anew
        for (const auto& [name, time] : due_) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(time - Clock::now());
            wait = std::clamp(left, std::chrono::milliseconds(1), wait);
        }
        return wait;
    }

    Context& context_;
    std::map<std::string, Clock::time_point> due_;
    bool ready_ = false;
};

} // namespace

void add_refresh(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand(
        "refresh",
        "Resolve the loaded whitelist's names, and add to their sets; fill those of units that run");
    struct Options {
        bool watch = false;
        bool units = false;
    };
    auto options = std::make_shared<Options>();
    auto* watch = verb->add_flag("--watch", options->watch,
                                 "Go on until stopped, and ask for each name again as its TTL runs out");
    verb->add_flag("--units", options->units,
                   "Only the sets of units: nothing is resolved, nothing waited for")
        ->excludes(watch);
    verb->callback([&context, options] {
        context.verb = [&context, options] {
            return options->watch ? Watch(context).run() : refresh_once(context, options->units);
        };
    });
}

} // namespace fwlearn::cli
