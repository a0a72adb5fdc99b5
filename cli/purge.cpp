#include "cli/time_argument.hpp"
#include "context.hpp"
#include "record_owner.hpp"

#include <model/errors.hpp>
#include <model/foreign_text.hpp>
#include <sql/purge.hpp>
#include <sql/reader.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <thread>

namespace fwlearn::cli {
namespace {

using namespace std::chrono_literals;

struct Options {
    std::string before;
    bool all = false;
};

/// Not the record, so nothing is deleted from them; but who purges wants what was in them to be gone.
void tell_of_copies(Context& context) {
    std::string names;
    for (const auto& file : sql::copies_beside(context.database)) {
        names += (names.empty() ? "" : ", ") + model::for_terminal(model::ForeignText(file.native()));
    }
    if (!names.empty()) {
        context.err
            << "fwlearn: earlier copies of the record stay, and may hold what was purged: remove what "
               "you do not need of "
            << names << '\n';
    }
}

int purge(const Options& options, Context& context) {
    if (options.all == !options.before.empty()) {
        throw model::UsageError(
            options.all ? "--all deletes all that is recorded, and --before what is older: give one of them"
                        : "purge deletes for good, so it wants to be told what: --before TIME, or --all");
    }
    // A collector may be in the middle of a large batch on a slow disk.
    sql::PurgeOptions what{.shrink = true, .patience = 30s};
    if (!options.all) {
        const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
        what.before = parse_time(options.before, now);
        if (what.before > now) { // a slip in the year would delete all of it
            throw model::UsageError("--before names a time that is still to come: nothing was deleted (--all "
                                    "deletes all there is)");
        }
    }
    become_owner_of(context.database);
    what.beside_collector = sql::Reader(context.database).collector_pid().has_value();
    sql::Purge work(context.database, what);
    for (bool more = true; more;) {
        const auto begun = std::chrono::steady_clock::now();
        more = work.step();
        // Who waits for a lock of SQLite's is not told when it is free, and looks every 25 ms at most
        // (sqlite3_busy_timeout): half of the time is a collector's.
        if (more && what.beside_collector) {
            std::this_thread::sleep_for(std::max<std::chrono::steady_clock::duration>(
                std::chrono::steady_clock::now() - begun, 25ms));
        }
    }
    tell_of_copies(context);
    if (!context.quiet) {
        const auto& gone = work.purged();
        context.out << fmt::format("{} rows deleted: {} hours, {} distinct flows, {} names of addresses, {} "
                                   "processes, tasks, interfaces "
                                   "and names, {} observations, gaps and other\n",
                                   gone.rows(), gone.hours, gone.flows, gone.names, gone.identities,
                                   gone.others);
        if (options.all && what.beside_collector) {
            context.out << "a collector is running: its observation stays, and what it says of the host only "
                           "once\n";
        }
    }
    return done;
}

} // namespace

void add_purge(CLI::App& app, Context& context) {
    auto* verb =
        app.add_subcommand("purge", "Delete what was observed before a time, or all of it, for good");
    auto options = std::make_shared<Options>();
    verb->add_option("--before", options->before,
                     "Whole hours before this: '90 days ago', yesterday, '2026-11-23'")
        ->type_name("TIME");
    verb->add_flag("--all", options->all, "All there is");
    verb->callback(
        [&context, options] { context.verb = [&context, options] { return purge(*options, context); }; });
}

} // namespace fwlearn::cli
