#include "context.hpp"
#include "firewall_state.hpp"
#include "read_record.hpp"
#include "replacement.hpp"
#include "status_metrics.hpp"

#include <analyzer/coverage.hpp>
#include <analyzer/failed_runs.hpp>
#include <analyzer/flood_lines.hpp>
#include <model/counted.hpp>
#include <model/vocabulary.hpp>
#include <sql/reader.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

namespace fwlearn::cli {
namespace {

struct Options {
    bool json = false;
    bool prometheus = false;
    bool counters = false;        ///< in the text, all of them
    std::filesystem::path output; ///< empty: standard output
    std::filesystem::path state = firewall::StateDirectory::usual;
};

/// What the text and the JSON say.
struct Status {
    std::string database;
    std::optional<std::uint32_t> collector;
    model::Record record;
    std::vector<std::pair<std::string, std::uint64_t>> counters;
    firewall::WhitelistState firewall;
    std::vector<std::string> coverage; ///< a line each
    std::vector<std::string> floods;   ///< a line each
    std::vector<std::string> failed;   ///< tasks, when they were denied something; a line each
    std::uint64_t flows = 0;
    std::uint64_t attributed = 0;
    std::uint64_t exact = 0; ///< of these
    std::uint64_t with_owner = 0;
    std::uint64_t overflowed = 0;
    std::uint64_t denied = 0;                                 ///< of the flows
    std::uint64_t denied_packets = 0;                         ///< of these
    std::uint64_t shadowed = 0;                               ///< of the flows
    std::set<model::ProcessId> processes;                     ///< that sent
    std::map<model::TaskKind, std::set<model::TaskId>> tasks; ///< that they did it for
};

Status read_status(const Options& options, const Context& context) {
    const sql::Reader reader(context.database);
    Status status;
    status.firewall = firewall::whitelist_state(options.state);
    status.database = context.database.string();
    status.collector = reader.collector_pid();
    status.record = read_record(context.database);
    status.counters = reader.counters();
    status.coverage = analyzer::summary(status.record);
    status.floods = analyzer::flood_lines(status.record);
    for (const auto& failed : analyzer::failed_when_denied(status.record)) {
        status.failed.push_back(analyzer::failed_words(failed));
    }
    for (const auto& flow : status.record.flows) {
        status.flows += flow.counts.count;
        status.attributed += flow.key.attribution != model::Attribution::unknown ? flow.counts.count : 0;
        status.exact += flow.key.attribution == model::Attribution::exact ? flow.counts.count : 0;
        status.with_owner += flow.key.owner.kind != model::OwnerKind::unknown ? flow.counts.count : 0;
        status.overflowed += flow.key.overflow ? flow.counts.count : 0;
        if (flow.key.verdict == model::FlowVerdict::denied) {
            status.denied += flow.counts.count;
            status.denied_packets += flow.counts.packets_out;
        }
        status.shadowed += flow.key.verdict == model::FlowVerdict::shadowed ? flow.counts.count : 0;
        if (flow.key.process != model::ProcessId::unknown) {
            status.processes.insert(flow.key.process);
        }
        if (flow.key.task != model::TaskId::unknown) {
            status.tasks[status.record.identities.task(flow.key.task).kind].insert(flow.key.task);
        }
    }
    return status;
}

/// The observation that the collector is running, or the newest one of a kernel.
const model::Observation* newest(const Status& status) {
    const model::Observation* found = nullptr;
    for (const auto& observation : status.record.observations) {
        if (observation.source == model::ObservationSource::kernel) {
            found = &observation;
        }
    }
    return found;
}

const char* means_words(model::AttributionMeans means) {
    switch (means) {
    case model::AttributionMeans::bpf:
        return "BPF programs in the kernel";
    case model::AttributionMeans::hooks:
        return "cgroup hooks in the kernel, and /proc, which misses those that end soon";
    case model::AttributionMeans::sockets:
        return "sock_diag and /proc, which miss those that end soon";
    case model::AttributionMeans::none:
        break;
    }
    return "nobody";
}

/// How it is known when scheduled tasks ran: "journal", "stamps"; empty where nothing tells, or where whoever
/// observed did not ask.
std::string runs_known_by(const Status& status) {
    for (const auto& [name, value] : status.counters) {
        constexpr std::string_view known_by = "runs_by_";
        if (value > 0 && name.starts_with(known_by)) {
            return name.substr(known_by.size());
        }
    }
    return {};
}

/// "2 timer, 1 cron", or "none".
std::string tasks_words(const Status& status) {
    std::string words;
    for (const auto& [kind, ids] : status.tasks) {
        words += fmt::format("{}{} {}", words.empty() ? "" : ", ", ids.size(), model::to_word(kind));
    }
    return words.empty() ? "none" : words;
}

/// "NFLOG overrun 120, flow table full 3": what the gaps add up to. Empty where nothing is known to be lost.
std::string lost_words(const std::vector<model::CaptureGap>& gaps) {
    std::map<model::GapReason, std::uint64_t> sums;
    for (const auto& gap : gaps) {
        if (gap.lost) {
            sums[gap.reason] += *gap.lost;
        }
    }
    std::string words;
    for (const auto& [reason, sum] : sums) {
        words += fmt::format("{}{} {}", words.empty() ? "" : ", ", model::to_word(reason), sum);
    }
    return words;
}

double share(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string dump(const nlohmann::ordered_json& document) {
    return document.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

nlohmann::ordered_json to_json(const model::CaptureGap& gap) {
    nlohmann::ordered_json document{{"since", model::to_rfc3339(gap.started)},
                                    {"until", model::to_rfc3339(gap.ended)},
                                    {"reason", model::to_word(gap.reason)},
                                    {"lost", nullptr}};
    if (gap.lost) {
        document["lost"] = *gap.lost;
    }
    return document;
}

void print_json(const Status& status, std::ostream& out) {
    nlohmann::ordered_json document{{"observing", status.collector.has_value()},
                                    {"database", status.database},
                                    {"flows", status.flows},
                                    {"distinct_flows", status.record.flows.size()},
                                    {"attributed_share", share(status.attributed, status.flows)},
                                    {"exact_share", share(status.exact, status.flows)},
                                    {"with_owner_share", share(status.with_owner, status.flows)},
                                    {"overflowed", status.overflowed},
                                    {"denied", status.denied},
                                    {"denied_packets", status.denied_packets},
                                    {"shadowed", status.shadowed},
                                    {"processes", status.processes.size()},
                                    {"tasks", nlohmann::ordered_json::object()},
                                    {"gaps", nlohmann::ordered_json::array()},
                                    {"counters", nlohmann::ordered_json::object()}};
    for (const auto& [kind, ids] : status.tasks) {
        document["tasks"][std::string(model::to_word(kind))] = ids.size();
    }
    if (status.collector) {
        document["pid"] = *status.collector;
    }
    if (const auto* observation = newest(status)) {
        document["since"] = model::to_rfc3339(observation->started);
        document["last_alive"] = model::to_rfc3339(observation->last_alive);
        document["host"] = observation->host.raw_bytes();
        document["netns"] = observation->netns;
        document["nflog_group"] = observation->nflog_group;
        document["accounting"] = observation->accounting;
        document["attribution_means"] = model::to_word(observation->means);
        document["attribution_reason"] = observation->why_not_better.raw_bytes();
        document["runs_known_by"] = nullptr;
        if (const auto source = runs_known_by(status); !source.empty()) {
            document["runs_known_by"] = source;
        }
    }
    document["firewall"] = document_of(status.firewall);
    document["coverage"] = status.coverage;
    document["floods"] = status.floods;
    document["failed_when_denied"] = status.failed;
    for (const auto& gap : status.record.gaps) {
        document["gaps"].push_back(to_json(gap));
    }
    for (const auto& [name, value] : status.counters) {
        document["counters"][name] = value;
    }
    out << dump(document) << '\n';
}

/// The newest alone: a bad week has thousands.
void print_gaps(const std::vector<model::CaptureGap>& gaps, std::ostream& out) {
    constexpr std::size_t shown = 10;
    out << fmt::format("gaps        {}\n", gaps.size());
    const auto hidden = gaps.size() - std::min(gaps.size(), shown);
    if (hidden > 0) {
        out << fmt::format("  the newest {}; all: fwlearn status --json\n", shown);
    }
    for (auto index = hidden; index < gaps.size(); ++index) {
        const auto& gap = gaps[index];
        out << fmt::format("  {} to {}: {}{}\n", model::to_rfc3339(gap.started), model::to_rfc3339(gap.ended),
                           model::to_word(gap.reason), gap.lost ? fmt::format(", {} lost", *gap.lost) : "");
    }
}

/// Those that should be 0: somebody meddled, or something had no room. What was lost is told by the gaps.
constexpr std::array<std::string_view, 12> noteworthy{
    "foreign_messages",    "forged_messages",  "malformed_packets",    "names_malformed",
    "untracked_packets",   "flows_overlooked", "names_left_out",       "programs_left_out",
    "identities_left_out", "simulated_drops",  "dns_answers_left_out", "dns_streams_dropped"};

void print_counters(const Status& status, bool all, std::ostream& out) {
    for (const auto& [name, value] : status.counters) {
        if (all || (value > 0 && std::find(noteworthy.begin(), noteworthy.end(), name) != noteworthy.end())) {
            out << fmt::format("  {:<24} {}\n", model::for_terminal(model::ForeignText(name)), value);
        }
    }
}

void print_text(const Status& status, bool all_counters, std::ostream& out) {
    const auto* observation = newest(status);
    if (status.collector && observation != nullptr) {
        out << fmt::format(
            "observing since {} (pid {}, network namespace {}, NFLOG group {}, accounting {})\n",
            model::to_rfc3339(observation->started), *status.collector, observation->netns,
            observation->nflog_group, observation->accounting ? "on" : "off");
    } else if (observation != nullptr) {
        out << fmt::format("not observing; last observed from {} to {} in network namespace {}\n",
                           model::to_rfc3339(observation->started),
                           model::to_rfc3339(observation->ended.value_or(observation->last_alive)),
                           observation->netns);
    } else {
        out << "not observing; this host was never observed\n";
    }
    if (!status.collector) {
        out << "            on: systemctl start fwlearn-observe; why not: journalctl -u fwlearn-observe\n";
    }
    if (observation != nullptr) {
        out << fmt::format("processes   named by {}{}\n", means_words(observation->means),
                           observation->why_not_better.empty()
                               ? ""
                               : ": " + model::for_terminal(observation->why_not_better));
        const auto source = runs_known_by(status);
        out << fmt::format("runs        {}\n", source == "journal"  ? "known by the journal"
                                               : source == "stamps" ? "known by stamps"
                                                                    : "not known");
    }
    out << fmt::format("firewall    {}\n", words_of(status.firewall));
    out << fmt::format("record      {}\n", model::for_terminal(model::ForeignText(status.database)));
    out << fmt::format("flows       {} in {}\n", status.flows,
                       model::counted(status.record.flows.size(), "distinct row"));
    out << fmt::format(
        "attributed  {:.1f} % to a process ({:.1f} % exact), {:.1f} % to a user or the kernel\n",
        100 * share(status.attributed, status.flows), 100 * share(status.exact, status.flows),
        100 * share(status.with_owner, status.flows));
    out << fmt::format("tasks       {}, of {}\n", tasks_words(status),
                       model::counted(status.processes.size(), "process", "processes"));
    for (const auto& line : status.floods) {
        out << fmt::format("flood       {}\n", line);
    }
    if (status.overflowed > 0) {
        out << fmt::format("overflow    {} flows to more destinations than could be told apart\n",
                           status.overflowed);
    }
    if (status.denied > 0) {
        out << fmt::format(
            "denied      {} flows, {} packets, by a whitelist in force (fwlearn flows --denied)\n",
            status.denied, status.denied_packets);
    }
    for (const auto& line : status.failed) {
        out << fmt::format("failed      {} (fwlearn learn-more)\n", line);
    }
    if (status.shadowed > 0) {
        out << fmt::format("shadowed    {} flows would have been denied (fwlearn flows --shadowed)\n",
                           status.shadowed);
    }
    for (const auto& line : status.coverage) {
        out << line << '\n';
    }
    if (const auto lost = lost_words(status.record.gaps); !lost.empty()) {
        out << fmt::format("lost        {}\n", lost);
    }
    print_gaps(status.record.gaps, out);
    print_counters(status, all_counters, out);
}

void print(const Options& options, const Context& context, std::ostream& out) {
    if (options.prometheus) {
        out << status_metrics(context.database, firewall::whitelist_state(options.state));
        return;
    }
    const auto status = read_status(options, context);
    options.json ? print_json(status, out) : print_text(status, options.counters, out);
}

int status(const Options& options, const Context& context) {
    if (options.output.empty()) {
        print(options, context, context.out);
        return done;
    }
    std::ostringstream text;
    print(options, context, text);
    // node-exporter is another user, and reads whenever it likes: the file is there whole, or as it was.
    struct stat mode {};
    mode.st_mode = S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH;
    mode.st_uid = geteuid();
    mode.st_gid = getegid();
    Replacement replacement(options.output);
    replacement.fill(text.str(), &mode);
    replacement.take_place();
    return done;
}

} // namespace

void add_status(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand(
        "status",
        "Observing or not, since when, how much, what was lost; and whether a whitelist is in force");
    auto options = std::make_shared<Options>();
    auto* json = verb->add_flag("--json", options->json, "One JSON object");
    verb->add_flag("--prometheus", options->prometheus,
                   "Metrics in Prometheus' text format, for node-exporter's textfile collector")
        ->excludes(json);
    verb->add_flag("--counters", options->counters, "In the text, also each counter of the collector");
    verb->add_option("--output", options->output,
                     "Into this file, which everybody may read and nobody sees half of")
        ->type_name("FILE");
    verb->add_option("--state", options->state, "Where it is written down what was applied")
        ->capture_default_str()
        ->type_name("DIR");
    verb->callback(
        [&context, options] { context.verb = [&context, options] { return status(*options, context); }; });
}

} // namespace fwlearn::cli
