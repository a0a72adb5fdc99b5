// A record: all that was learned about a host, whole, so that it can be analysed anywhere. And a batch: what
// the collector or an importer adds to it at a time.
// Plain data; sql reads and writes it, the analyzer only reads.
#pragma once

#include "model/configured.hpp"
#include "model/flow.hpp"
#include "model/program_file.hpp"
#include "model/schedule.hpp"

#include <absl/container/inlined_vector.h>

#include <set>
#include <span>
#include <string>
#include <vector>

namespace fwlearn::model {

enum class ObservationSource : std::uint8_t { kernel, zeek, jsonl };

/// How the collector finds the process behind a flow. docs/attribution.md has what each finds.
enum class AttributionMeans : std::uint8_t {
    none,    ///< nobody is named
    sockets, ///< sock_diag(7) and /proc, asked after the packet: what has ended by then is not found
    bpf,     ///< BPF programs in the kernel file every sender while it sends
    hooks,   ///< between these: they file pid, user and cgroup, and /proc is asked for the rest after the
             ///< packet
};

/// One stretch of observing, or one imported file.
struct Observation {
    ObservationSource source = ObservationSource::kernel;
    Timestamp started{};
    Timestamp last_alive{};         ///< the last moment of which it is certain that it was observing
    std::optional<Timestamp> ended; ///< absent: still running, or killed; then last_alive is what is known
    ForeignText host;               ///< nodename, or the imported file's name
    std::uint64_t netns = 0;        ///< inode of the network namespace; 0 for imports
    std::uint32_t pid = 0;          ///< of the collector; 0 for imports
    std::uint16_t nflog_group = 0;
    bool accounting = false; ///< packets and bytes are counted
    AttributionMeans means = AttributionMeans::none;
    ForeignText why_not_better; ///< the reason where `means` is not the best

    bool operator==(const Observation&) const = default;
};

enum class GapReason : std::uint8_t {
    not_running,             ///< between two observations
    nflog_overrun,           ///< log messages of the kernel's that did not come in
    events_overrun,          ///< conntrack events that the kernel dropped
    tracker_full,            ///< more flows at a time than the collector keeps
    malformed_input,         ///< lines of an imported file that could not be read
    simulated_drops,         ///< log messages that the collector threw away, because it was told to
    conntrack_full,          ///< packets that conntrack had no entry for, and entries that had to make room
    conntrack_insert_failed, ///< entries that conntrack could not put into its table
    senders_not_filed,       ///< the BPF programs found no room for a sender; the flow itself is there
    packets_not_read,        ///< log messages that came in while there was no process to read their packets
    untracked,               ///< packets that conntrack was told not to track, which are nobody's flow then
};

/// An interval of which the record does not know everything. Never hidden.
struct CaptureGap {
    Timestamp started{};
    Timestamp ended{};
    GapReason reason = GapReason::not_running;
    std::optional<std::uint64_t> lost; ///< events, where the kernel tells

    bool operator==(const CaptureGap&) const = default;
};

/// A name bound to an address by evidence. One of the same address, name, process and source is added up.
struct NameBinding {
    Address address;
    ForeignText name;                       ///< lower case, without the final dot
    ProcessId process = ProcessId::unknown; ///< who asked, or who said it
    BindingSource source = BindingSource::dns_host;
    Timestamp first_seen{};
    Timestamp last_seen{};
    std::uint64_t count = 0;
    std::uint32_t ttl = 0;   ///< of answers, in seconds: the longest; 0 where there was none
    ForeignText canonical{}; ///< where the last answer's chain of CNAMEs led to; empty without one

    /// Whether it says what `other` may know the address by: its own evidence, or the whole host's.
    [[nodiscard]] bool holds_for(ProcessId other) const {
        return source == BindingSource::dns_host || source == BindingSource::configuration ||
               (process != ProcessId::unknown && process == other);
    }

    bool operator==(const NameBinding&) const = default;
};

/// Those of one address, out of bindings that are in the order of addresses, as a record's are.
std::span<const NameBinding> bindings_of(std::span<const NameBinding> bindings, const Address& address);

/// The name by which a flow's sender knew its destination; where that is not known, every name that evidence
/// for the address gives and that holds for the sender. `bindings` are the address's.
std::set<ForeignText> names_of(const FlowKey& key, const Identities& identities,
                               std::span<const NameBinding> bindings);

/// What one transaction adds.
struct Batch {
    std::vector<FlowDelta> flows;
    std::vector<NameBinding> names;
    std::vector<CaptureGap> gaps;
    std::vector<ProgramFile> programs; ///< each in the place of what was stored of its path
    /// In the place of what was stored before; absent: that still holds.
    std::optional<std::vector<Configured>> configured;
    std::optional<std::vector<Schedule>> schedules; ///< the same
    std::vector<TaskRuns> runs;                     ///< added to what was stored of the same task and hour

    [[nodiscard]] bool empty() const {
        return flows.empty() && names.empty() && gaps.empty() && programs.empty() && runs.empty() &&
               !configured && !schedules;
    }
};

/// Of most keys, in a record of millions, it is one hour, which lies in the flow itself.
using HourCounts = absl::InlinedVector<HourCount, 1>;

/// One key's sum over the time that was asked for.
struct Flow {
    FlowKey key;
    FlowCounts counts;
    /// In which flows of this key began, ascending, none of 0; what evidence counts days by.
    HourCounts hours;

    bool operator==(const Flow&) const = default;
};

struct Record {
    std::vector<Observation>
        observations;             ///< as they were begun; a clock that was set may order them otherwise
    std::vector<CaptureGap> gaps; ///< by start
    Identities identities;
    std::vector<Flow> flows;        ///< by key
    std::vector<NameBinding> names; ///< by address, then name
    /// What the host's settings name, as they were read last; ascending. Empty where they were not read.
    std::vector<Configured> configured;
    /// What the host says of the files that its processes ran; by path. Empty where nobody looked.
    std::vector<ProgramFile> programs;
    /// What the host runs by the clock, as it was read last; ascending. Empty where nobody looked.
    std::vector<Schedule> schedules;
    std::vector<TaskRuns> runs; ///< by task, hour; one for each
};

} // namespace fwlearn::model
