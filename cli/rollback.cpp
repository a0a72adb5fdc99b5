#include "context.hpp"

#include <firewall/health_watch.hpp>
#include <firewall/take_back.hpp>
#include <firewall/way_back.hpp>
#include <model/errors.hpp>

#include <iostream>

namespace fwlearn::cli {
namespace {

struct Options {
    std::filesystem::path state = firewall::StateDirectory::usual;
    std::string when_due;
    std::string unless_healthy;
    std::string of_unit;
    bool confirmed = false;
};

void say(const std::string& done, Context& context) {
    context.out << (done.empty() ? "nothing is to be taken back any more" : done) << '\n';
}

/// False also where nobody may say.
bool is_table_there() {
    try {
        return firewall::read_whitelist_table().has_value();
    } catch (const model::SystemError&) {
        return false;
    }
}

int rollback(const Options& options, Context& context) {
    const firewall::StateDirectory directory(options.state);
    const auto complain = [&context](const std::string& error) {
        context.err << "fwlearn: cannot roll back: " << error << '\n' << std::flush;
    };
    if (!options.when_due.empty()) {
        say(firewall::take_back_by_all_means(directory, options.when_due, "not confirmed in time", complain),
            context);
        return done;
    }
    if (!options.unless_healthy.empty()) {
        say(firewall::take_back_unless_healthy(directory, options.unless_healthy, options.of_unit, complain),
            context);
        return done;
    }
    const auto lock = directory.lock();
    std::optional<firewall::Applied> armed;
    try {
        armed = firewall::read_applied(directory, firewall::armed_file);
    } catch (const model::SystemError& error) {
        context.err << "fwlearn: " << error.what() << '\n' << std::flush;
        say(firewall::take_back_unrecorded(directory, {}, nullptr, "as you said"), context);
        return done;
    }
    if (armed) {
        context.out << firewall::take_back(directory, *armed, "as you said") << '\n';
        firewall::disarm_way_back(*armed);
    } else if (const auto confirmed = firewall::read_applied(directory, firewall::confirmed_file)) {
        // Whoever means the one that the way back has just taken back does not mean the one before it.
        if (!options.confirmed && directory.read(firewall::taken_back_file)) {
            context.out
                << "what was applied last was taken back already; what was confirmed before it stays\n"
                   "(fwlearn rollback --confirmed takes that back, too)\n";
            return done;
        }
        context.out << firewall::take_back_confirmed(directory, *confirmed) << '\n';
    } else if (is_table_there()) {
        context.out
            << "nothing is applied that was written down; but there is a table inet fwlearn, which stays\n"
               "(nft delete table inet fwlearn takes it away)\n";
        return findings; // what was asked for was not done
    } else {
        context.out << "nothing is applied: nothing to take back\n";
    }
    return done;
}

} // namespace

void add_rollback(CLI::App& app, Context& context) {
    auto* verb =
        app.add_subcommand("rollback", "Put back what was there before apply: now, also what was confirmed");
    auto options = std::make_shared<Options>();
    verb->add_option("--state", options->state, "Where it is written down what was applied")
        ->capture_default_str()
        ->type_name("DIR");
    verb->add_flag("--confirmed", options->confirmed,
                   "What was confirmed, also where what was applied after it was taken back already");
    auto* when_due = verb->add_option("--when-due", options->when_due,
                                      "Only if this is what is applied and not confirmed (for the timer)")
                         ->type_name("TOKEN");
    auto* unless_healthy = verb->add_option("--unless-healthy", options->unless_healthy,
                                            "Only when a service fails while this is what is applied and not "
                                            "confirmed (for the service that waits for it)")
                               ->type_name("TOKEN")
                               ->excludes(when_due);
    verb->add_option("--of-unit", options->of_unit, "Of the services this one alone")
        ->type_name("NAME")
        ->needs(unless_healthy);
    verb->callback(
        [&context, options] { context.verb = [&context, options] { return rollback(*options, context); }; });
}

} // namespace fwlearn::cli
