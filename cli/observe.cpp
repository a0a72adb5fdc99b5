#include "cli/time_argument.hpp"
#include "context.hpp"

#include <collector/nflog.hpp>
#include <collector/observer.hpp>
#include <firewall/accounting.hpp>
#include <firewall/observation_table.hpp>
#include <model/denial_log.hpp>
#include <model/errors.hpp>
#include <model/vocabulary.hpp>
#include <sql/writer.hpp>

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <iostream>
#include <optional>

namespace fwlearn::cli {
namespace {

struct Options {
    std::uint16_t group = model::default_log_group;
    std::string duration;
    bool no_rules = false;
    bool print_rules = false;
    std::string rules_format = "nft";
    bool accounting = false;
    std::string attribution = "bpf";
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

/// The sink: writes a batch, and says on stderr when that fails and when it works again.
class Store {
  public:
    Store(sql::Writer& writer, std::ostream& err) : writer_(writer), err_(err) {}

    bool operator()(const model::Batch& batch, const model::Identities& identities, model::Timestamp alive,
                    const collector::Counters& counters) {
        if (!attempt([&] { writer_.commit(batch, identities, alive); })) {
            return false;
        }
        // The batch is in, whatever becomes of the counters: giving it again would count it twice.
        attempt([&] { writer_.set_counters(counters); });
        return true;
    }

  private:
    template <typename Write>
    bool attempt(Write&& write) {
        try {
            write();
        } catch (const model::Error& error) {
            if (!failing_) {
                err_ << "fwlearn: " << error.what() << " (keeping what is observed until it can be stored)\n"
                     << std::flush;
            }
            failing_ = true;
            return false;
        }
        if (failing_) {
            err_ << "fwlearn: the record can be written again\n" << std::flush;
        }
        failing_ = false;
        return true;
    }

    sql::Writer& writer_;
    std::ostream& err_;
    bool failing_ = false;
};

int observe(const Options& options, Context& context) {
    firewall::ObservationRules rules;
    rules.group = options.group;
    rules.snaplen = collector::nflog_snaplen;
    rules.batch = collector::nflog_batch;
    rules.names_snaplen = collector::nflog_names_snaplen;
    rules.names_prefix = collector::nflog_names_prefix;
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
    sql::Writer writer(context.database, sql::WriterRole::collector);
    Store store(writer, context.err);
    collector::Observer observer(observer_options, std::ref(store));
    std::optional<firewall::Accounting> accounting;
    if (options.accounting) {
        accounting.emplace();
    }
    std::optional<firewall::ObservationTable> table;
    if (!options.no_rules) {
        table.emplace(rules);
    }
    const auto observation = this_observation(options.group, observer);
    writer.begin_observation(observation);
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
            if (table && context.verbose) {
                context.err << fmt::format("fwlearn: {} packets were logged\n", table->logged_packets());
            }
            table.reset();
        });
    writer.end_observation(now());
    return done;
}

} // namespace

void add_observe(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand("observe", "Watch what this host sends, and store it, until stopped");
    auto options = std::make_shared<Options>();
    verb->add_option("--group", options->group, "NFLOG group to use")
        ->capture_default_str()
        ->type_name("N")
        ->configurable();
    verb->add_option("--duration", options->duration, "Stop by itself after this long: 30s, 5min, 7d")
        ->type_name("SPAN");
    verb->add_flag("--no-rules", options->no_rules, "Make no log rules: the administrator has placed them")
        ->configurable();
    verb->add_flag("--print-rules", options->print_rules, "Print the log rules and do nothing");
    verb->add_option("-o,--output", options->rules_format, "Of --print-rules: nft or iptables")
        ->check(CLI::IsMember({"nft", "iptables"}))
        ->capture_default_str()
        ->type_name("FORMAT");
    verb->add_flag("--accounting", options->accounting,
                   "Have the kernel count packets and bytes (nf_conntrack_acct) while observing")
        ->configurable();
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
