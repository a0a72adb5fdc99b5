#include "status_metrics.hpp"

#include "exposition.hpp"
#include "firewall_state.hpp"

#include <model/gap_reasons.hpp>
#include <model/vocabulary.hpp>
#include <sql/reader.hpp>
#include <sql/totals.hpp>

#include <array>

namespace fwlearn::cli {
namespace {

model::ForeignText text(std::string_view word) {
    return model::ForeignText(word);
}

double seconds(model::Timestamp time) {
    return static_cast<double>(time.time_since_epoch().count()) / 1000;
}

double ratio(double part, double whole) {
    return whole == 0 ? 0 : part / whole;
}

/// With the log of what was written and is not in it yet.
double database_bytes(const std::filesystem::path& database) {
    double bytes = 0;
    for (const auto* const suffix : {"", "-wal"}) {
        std::error_code missing;
        const auto size = std::filesystem::file_size(database.string() + suffix, missing);
        bytes += missing ? 0 : static_cast<double>(size);
    }
    return bytes;
}

/// Of what the collector files beside its counters: what may go down again.
bool is_state(std::string_view name) {
    return name == "flows_living" || name == "floods_going_on" || name.starts_with("runs_by_");
}

void add_observation(Exposition& out, const sql::Reader& reader) {
    out.gauge("fwlearn_observing", "Whether a collector is writing to the record at this moment.");
    out.sample(reader.collector_pid() ? 1 : 0);
    const model::Observation* newest = nullptr;
    const auto observations = reader.observations();
    for (const auto& observation : observations) {
        newest = observation.source == model::ObservationSource::kernel ? &observation : newest;
    }
    if (newest == nullptr) {
        return;
    }
    out.gauge("fwlearn_observation_start_timestamp_seconds",
              "When the newest observation of this host began.");
    out.sample(seconds(newest->started));
    out.gauge("fwlearn_observation_last_alive_timestamp_seconds",
              "The last moment of which it is certain that it was observed.");
    out.sample(seconds(newest->ended.value_or(newest->last_alive)));
    out.gauge("fwlearn_observation_info",
              "Of the newest observation: its host, and how processes are named.");
    out.sample(1, {{"host", newest->host}, {"attribution_means", text(model::to_word(newest->means))}});
    const auto counters = reader.counters();
    out.counter("fwlearn_collector_events_total", "What the collector of the newest observation counts.");
    for (const auto& [name, value] : counters) {
        if (!is_state(name)) {
            out.sample(static_cast<double>(value), {{"event", text(name)}});
        }
    }
    out.gauge("fwlearn_collector_state", "What else it says of itself.");
    for (const auto& [name, value] : counters) {
        if (is_state(name)) {
            out.sample(static_cast<double>(value), {{"name", text(name)}});
        }
    }
}

void add_flows(Exposition& out, const sql::Totals& totals) {
    double all = 0;
    out.gauge("fwlearn_record_flows", "Flows in the record, by what the whitelist in force said to them.");
    for (const auto& [verdict, flows] : totals.flows) {
        out.sample(flows, {{"verdict", text(model::to_word(verdict))}});
        all += flows;
    }
    out.gauge("fwlearn_record_outcomes", "Flows in the record of which it is known how they went.");
    out.sample(totals.answered, {{"outcome", text("answered")}});
    out.sample(totals.refused, {{"outcome", text("refused")}});
    out.sample(totals.unanswered, {{"outcome", text("unanswered")}});
    out.gauge("fwlearn_record_attribution", "Flows in the record, by how sure their process and task are.");
    for (const auto& [attribution, flows] : totals.attributed) {
        out.sample(flows, {{"attribution", text(model::to_word(attribution))}});
    }
    const auto exact = totals.attributed.at(model::Attribution::exact);
    out.gauge("fwlearn_record_attributed_ratio", "Share of the flows of which the process is known.");
    out.sample(ratio(exact + totals.attributed.at(model::Attribution::inferred), all));
    out.gauge("fwlearn_record_exact_ratio", "Share of the flows of which the process is known for certain.");
    out.sample(ratio(exact, all));
    out.gauge("fwlearn_record_with_owner_ratio",
              "Share of the flows of which the user, or the kernel, is known.");
    out.sample(ratio(totals.with_owner, all));
    out.gauge("fwlearn_record_overflowed_flows",
              "Flows to more destinations than could be told apart: no rule is made of them.");
    out.sample(totals.overflowed);
    out.gauge("fwlearn_record_denied_packets", "Packets that a whitelist in force has denied.");
    out.sample(totals.denied_packets);
    out.gauge("fwlearn_record_packets", "Packets of the flows that were counted, if the kernel counts any.");
    out.sample(totals.packets_out, {{"direction", text("out")}});
    out.sample(totals.packets_in, {{"direction", text("in")}});
    out.gauge("fwlearn_record_bytes", "Bytes of the flows that were counted, if the kernel counts any.");
    out.sample(totals.bytes_out, {{"direction", text("out")}});
    out.sample(totals.bytes_in, {{"direction", text("in")}});
}

void add_rows(Exposition& out, const sql::Totals& totals) {
    out.gauge("fwlearn_record_distinct_flows", "Distinct flows: who reached what.");
    out.sample(totals.distinct_flows);
    out.gauge("fwlearn_record_processes", "Processes that the record knows, as identities.");
    out.sample(totals.processes);
    out.gauge("fwlearn_record_tasks", "Tasks that the record knows.");
    for (const auto& [kind, tasks] : totals.tasks) {
        out.sample(tasks, {{"kind", text(model::to_word(kind))}});
    }
}

void add_runs(Exposition& out, const sql::Totals& totals) {
    out.gauge("fwlearn_record_runs",
              "Minutes in which scheduled tasks were started while observed, by how that ended.");
    out.sample(totals.runs_succeeded, {{"outcome", text("succeeded")}});
    out.sample(totals.runs_failed, {{"outcome", text("failed")}});
    out.sample(totals.runs_of_unknown_end, {{"outcome", text("unknown")}});
}

/// Also of reasons of which there is no gap: a monitor compares with what was there before.
void add_gaps(Exposition& out, const sql::Totals& totals) {
    using Sum = double sql::Totals::Gaps::*;
    const auto each = [&](Sum sum, double unit) {
        constexpr auto last = static_cast<std::uint8_t>(model::last_gap_reason);
        for (std::uint8_t number = 0; number <= last; ++number) {
            const auto reason = static_cast<model::GapReason>(number);
            const auto found = totals.gaps.find(reason);
            out.sample(found == totals.gaps.end() ? 0 : found->second.*sum / unit,
                       {{"reason", text(model::to_word(reason))}});
        }
    };
    out.gauge("fwlearn_record_gaps", "Times of which the record does not know everything.");
    each(&sql::Totals::Gaps::count, 1);
    out.gauge("fwlearn_record_gap_lost_events",
              "Events that were lost in them, where the kernel tells how many.");
    each(&sql::Totals::Gaps::lost, 1);
    out.gauge("fwlearn_record_gap_seconds", "How long they are, one after another.");
    each(&sql::Totals::Gaps::milliseconds, 1000);
}

} // namespace

std::string status_metrics(const std::filesystem::path& database, const firewall::WhitelistState& firewall) {
    const sql::Reader reader(database);
    const auto totals = sql::read_totals(database);
    Exposition out;
    out.gauge("fwlearn_build_info", "The version that wrote this.");
    out.sample(1, {{"version", text(FWLEARN_VERSION)}});
    add_observation(out, reader);
    add_metrics(out, firewall);
    out.gauge("fwlearn_record_file_bytes", "The record's size on disk, with its log.");
    out.sample(database_bytes(database));
    add_flows(out, totals);
    add_rows(out, totals);
    add_runs(out, totals);
    add_gaps(out, totals);
    return out.text();
}

} // namespace fwlearn::cli
