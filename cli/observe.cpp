#include "cli/time_argument.hpp"
#include "context.hpp"
#include "record_owner.hpp"
#include "simulated_drops.hpp"
#include "span_check.hpp"

#include <collector/nflog.hpp>
#include <collector/observer.hpp>
#include <collector/packet_reading.hpp>
#include <firewall/accounting.hpp>
#include <firewall/observation_table.hpp>
#include <model/denial_log.hpp>
#include <model/errors.hpp>
#include <model/vocabulary.hpp>
#include <sql/keeper.hpp>

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <functional>
#include <iostream>
#include <optional>

namespace fwlearn::cli {
namespace {

struct Options {
    std::uint16_t group = model::default_log_group;
    std::string duration;
    std::string keep = "1y";
    bool no_rules = false;
    bool print_rules = false;
    std::string rules_format = "nft";
    bool accounting = false;
    std::string attribution = "bpf";
    std::string simulate_drops;
};

model::Timestamp now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

model::Observation this_observation(std::uint16_t group, const collector::Observer& observer) {
    model::Observation observation;
    observation.started = observation.last_alive = now();
    utsname name{};
    uname(&name);
    observation.host = model::ForeignText(name.nodename);
    struct stat netns {};
    if (stat("/proc/self/ns/net", &netns) == 0) {
        observation.netns = netns.st_ino;
    }
    observation.pid = static_cast<std::uint32_t>(getpid());
    observation.nflog_group = group;
    observation.accounting = firewall::accounting_enabled();
    observation.means = observer.means();
    observation.why_not_better = model::ForeignText(observer.why_not_better());
    return observation;
}

sql::KeeperTime keeper_time() {
    return {now(), std::chrono::steady_clock::now()};
}

/// Nothing where there is no table of ours, or no more: a kernel before 5.12 lets anybody flush the whole
/// ruleset.
std::optional<std::uint64_t> packets_of(const std::optional<firewall::ObservationTable>& table,
                                        std::uint64_t (firewall::ObservationTable::*counted)() const) {
    try {
        return table ? std::optional((*table.*counted)()) : std::nullopt;
    } catch (const model::SystemError&) {
        return std::nullopt;
    }
}

std::optional<std::uint64_t> packets_logged(const std::optional<firewall::ObservationTable>& table) {
    return packets_of(table, &firewall::ObservationTable::logged_packets);
}

/// What somebody has taken away already logs nothing any more either.
void stop_logging(firewall::ObservationTable& table) {
    try {
        table.stop_logging();
    } catch (const model::SystemError&) {
    }
}

/// How much was sent is worth less than to whom: where the unit's privileges (ProtectKernelTunables=) or a
/// container's refuse it, the rest is observed all the same.
void begin_accounting(std::optional<firewall::Accounting>& accounting,
                      const std::function<void(const std::string&)>& say) {
    try {
        accounting.emplace();
    } catch (const model::SystemError& error) {
        say(fmt::format("packets and bytes are not counted: {} (the unit may not: set "
                        "net.netfilter.nf_conntrack_acct = 1 in /etc/sysctl.d)",
                        error.what()));
    }
}

int observe(const Options& options, Context& context) {
    firewall::ObservationRules rules;
    rules.group = options.group;
    rules.snaplen = collector::nflog_snaplen;
    rules.batch = collector::nflog_batch;
    rules.prefix = collector::nflog_flow_prefix;
    rules.names_snaplen = collector::nflog_names_snaplen;
    rules.names_prefix = collector::nflog_names_prefix;
    rules.streams_snaplen = collector::nflog_streams_snaplen;
    if (options.print_rules) {
        context.out << (options.rules_format == "nft" ? firewall::nft_rules(rules)
                                                      : firewall::iptables_rules(rules));
        return done;
    }
    collector::ObserverOptions observer_options;
    observer_options.group = options.group;
    if (!options.duration.empty()) {
        observer_options.duration = parse_duration(options.duration);
    }
    observer_options.means = model::from_word<model::AttributionMeans>(options.attribution).value();
    const auto say = [&context](const std::string& line) {
        context.err << "fwlearn: " << line << '\n' << std::flush;
    };
    std::optional<firewall::ObservationTable> table;
    observer_options.logged = [&table] { return packets_logged(table); };
    observer_options.untracked = [&table] {
        return packets_of(table, &firewall::ObservationTable::untracked_packets);
    };
    observer_options.answers_left_out = [&table] {
        return packets_of(table, &firewall::ObservationTable::answers_left_out);
    };
    observer_options.warn = say;
    if (!options.simulate_drops.empty()) {
        observer_options.simulate_drops = parse_simulated_drops(options.simulate_drops);
    }
    sql::KeeperOptions keeping;
    if (options.keep != "forever") {
        keeping.keep = parse_duration(options.keep);
    }
    refuse_record_of_unit(context.database);
    collector::PacketReading reading; // before anything is opened that it has no business with
    sql::Keeper keeper(context.database, keeping, say, keeper_time());
    collector::Observer observer(
        observer_options, std::move(reading),
        [&keeper](const model::Batch& batch, const model::Identities& identities, model::Timestamp alive,
                  const collector::Counters& counters) {
            return keeper.store(batch, identities, counters, {alive, std::chrono::steady_clock::now()});
        });
    std::optional<firewall::Accounting> accounting;
    if (options.accounting) {
        begin_accounting(accounting, say);
    }
    if (!options.no_rules) {
        table.emplace(rules);
    }
    const auto observation = this_observation(options.group, observer);
    keeper.begin_observation(observation, keeper_time());
    if (!observer.why_not_better().empty()) {
        context.err << "fwlearn: processes are not named as well as they could be: "
                    << model::for_terminal(observation.why_not_better) << '\n';
    }
    observer.run(
        [&] {
            if (!context.quiet) {
                context.err << fmt::format(
                                   "fwlearn: observing in network namespace {}, NFLOG group {}, into {}\n",
                                   observation.netns, options.group,
                                   model::for_terminal(model::ForeignText(context.database.string())))
                            << std::flush;
            }
            sd_notify(0, "READY=1\nSTATUS=observing");
        },
        [&] {
            sd_notify(0, "STOPPING=1");
            if (table) {
                stop_logging(*table);
            }
            keeper.be_patient();
        });
    if (context.verbose) {
        context.err << fmt::format("fwlearn: {} packets were logged\n", packets_logged(table).value_or(0));
    }
    table.reset();
    keeper.end_observation(keeper_time());
    return done;
}

} // namespace

void add_observe(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand("observe", "Watch what this host sends, and store it, until stopped");
    auto options = std::make_shared<Options>();
    verb->add_option("--group", options->group, "NFLOG group to use")
        ->check(CLI::Range(0, 65535))
        ->capture_default_str()
        ->type_name("N")
        ->configurable();
    verb->add_option("--duration", options->duration, "Stop by itself after this long: 30s, 5min, 7d")
        ->type_name("SPAN");
    verb->add_option("--keep", options->keep, "Delete what is older than this: 90d, 1y; or forever")
        ->check(span_between_or_forever("1h", "1000y"))
        ->capture_default_str()
        ->type_name("SPAN")
        ->configurable();
    verb->add_flag("--no-rules", options->no_rules, "Make no log rules: the administrator has placed them")
        ->configurable();
    auto* print_rules =
        verb->add_flag("--print-rules", options->print_rules, "Print the log rules and do nothing");
    verb->add_option("-o,--output", options->rules_format, "Of --print-rules: nft or iptables")
        ->needs(print_rules)
        ->check(CLI::IsMember({"nft", "iptables"}))
        ->capture_default_str()
        ->type_name("FORMAT");
    verb->add_flag("--accounting", options->accounting,
                   "Have the kernel count packets and bytes (nf_conntrack_acct) while observing")
        ->configurable();
    verb->add_option("--simulate-drops", options->simulate_drops,
                     "Throw log messages away, as 1/100 of them, to see that losses are told")
        ->type_name("N/M");
    verb->add_option(
            "--attribution", options->attribution,
            "How to name processes, at best: bpf, hooks, sockets (sees none that ended soon) or none")
        ->check(CLI::IsMember({"bpf", "hooks", "sockets", "none"}))
        ->capture_default_str()
        ->type_name("MEANS")
        ->configurable();
    verb->callback(
        [&context, options] { context.verb = [&context, options] { return observe(*options, context); }; });
}

} // namespace fwlearn::cli
