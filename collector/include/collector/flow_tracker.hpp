// Joins what NFLOG says (who sends, through which interface) with what conntrack says (is there an answer,
// how much, is it over) to flows, each counted once however often its first packet was repeated and in
// whichever order the two arrive. Pure: reads no socket and no clock. Fed by the observer; what it finds goes
// to the aggregator.
#pragma once

#include "collector/now.hpp"
#include "collector/tuple.hpp"

#include <model/flow.hpp>

#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace fwlearn::collector {

/// Who sent a flow's first packet, by which name, and what the whitelist in force said to it: the part of a
/// FlowKey that the packet does not have.
struct Sender {
    model::SocketOwner owner;
    model::ProcessId process = model::ProcessId::unknown;
    model::ProcessId creator = model::ProcessId::unknown;
    model::TaskId task = model::TaskId::unknown;
    model::InterfaceId interface = model::InterfaceId::unknown;
    model::NameId name = model::NameId::unknown;
    model::Attribution attribution = model::Attribution::unknown;
    model::BindingSource name_source = model::BindingSource::configuration;
    model::FlowVerdict verdict = model::FlowVerdict::accepted;
};

/// ... and the living process itself, which two of the same identity do not share; 0: not known. No part of
/// the flow's key.
struct LivingSender : Sender {
    std::uint64_t actor = 0;
};

model::FlowKey flow_key(const Sender& sender, const Tuple& tuple);

/// What conntrack has counted of a flow; all 0 while its accounting is off.
struct Traffic {
    std::uint64_t packets_out = 0, bytes_out = 0, packets_in = 0, bytes_in = 0;

    bool operator==(const Traffic&) const = default;
    Traffic& operator+=(const Traffic& more) {
        packets_out += more.packets_out;
        bytes_out += more.bytes_out;
        packets_in += more.packets_in;
        bytes_in += more.bytes_in;
        return *this;
    }
};

/// One conntrack entry, from an event or from a dump.
struct ConntrackEntry {
    Tuple tuple;
    std::uint32_t id = 0;    ///< unique among the living; 0 where the kernel does not tell
    bool seen_reply = false; ///< IPS_SEEN_REPLY
    bool tcp_closed = false; ///< TCP, and in state CLOSE: ended by a reset
    bool tcp_ending = false; ///< TCP, and past ESTABLISHED: what is left is waiting for its timer
    bool expected = false;   ///< IPS_EXPECTED: another connection announced it, and it is never NEW
    /// TCP that conntrack first saw when it was under way, as after a timeout or a flush: whichever end spoke
    /// first since passes for who opened it. Told by dumps alone.
    bool picked_up = false;
    Traffic traffic;
};

struct FollowedFlows;

class FlowTracker {
  public:
    /// `capacity`: how many living flows are followed, an eighth of them of owners that have few. Beyond it a
    /// flow that is logged counts at once, and how it ends is not seen.
    explicit FlowTracker(std::size_t capacity = 1U << 18U);
    ~FlowTracker();
    FlowTracker(const FlowTracker&) = delete;
    FlowTracker& operator=(const FlowTracker&) = delete;

    /// Something of these flows, of `together` at most, is about to be told. Whoever has much to tell says
    /// this first: what is known of a quarter of a million flows is in no cache, and is then fetched
    /// together, not one after the other.
    void expect(std::span<const Tuple* const> tuples) const;
    static constexpr std::size_t together = 64;
    /// A packet of a flow in conntrack state NEW left this host, or, where the sender's verdict says so, was
    /// denied: each message is one packet.
    void logged(const Tuple& tuple, const Sender& sender, const Now& now);
    /// An ICMP error said that the flow's destination cannot be reached.
    void unreachable(const Tuple& tuple, const Now& now);
    /// conntrack's DESTROY event. `from_here` tells whether the source is an address of this host's; it is
    /// asked only about flows that are not known.
    template <typename FromHere>
    void closed(const ConntrackEntry& entry, const FromHere& from_here, const Now& now) {
        if (!closed_known(entry, now)) {
            closed_unknown(entry, from_here(), now);
        }
    }
    void closed(const ConntrackEntry& entry, bool from_here, const Now& now) {
        closed(
            entry, [from_here] { return from_here; }, now);
    }
    /// Some of these did not come: of flows that have begun until now nobody knows whether there was one.
    void lost_events(const Now& now);

    /// A connection that was there before the collector was, and that this host had opened; or is `opening`:
    /// of TCP a SYN, which may be repeated, has left.
    void already_open(const Tuple& tuple, const Sender& sender, bool opening, const Now& now);
    /// A connection that was there before and that somebody else had opened: its packets are no flow,
    /// also when conntrack, which may have been idle until now, takes the next one for a first.
    void already_open_inbound(const Tuple& tuple);

    /// What conntrack has from before, and nothing on this host can send on any more.
    void already_over(const ConntrackEntry& entry, const Now& now);

    /// From now on nothing is logged, while conntrack goes on: of what begins now nobody can say who sends
    /// it, and it is not this observation's any more.
    void no_more_logs();

    /// A dump of conntrack's table: call begin_dump, dumped for each entry that began here, end_dump.
    /// Takes over what is counted so far and whether it was answered; forgets flows that are gone.
    void begin_dump(const Now& now);
    /// `from_here` as closed() has it: a flow that is known goes on while its address is not here.
    template <typename FromHere>
    void dumped(const ConntrackEntry& entry, const FromHere& from_here, const Now& now) {
        if (!dumped_known(entry, now) && from_here()) {
            dumped_unknown(entry, now);
        }
    }
    void dumped(const ConntrackEntry& entry, const Now& now) {
        dumped(
            entry, [] { return true; }, now);
    }
    void end_dump();

    /// What is known of the log: all that was logged until `heard` has been read (under load that may lag
    /// behind, and what is still to be read must not be taken for lost); and until `counted` it has been
    /// compared with what the kernel says it logged. `lost`: the last time that any of it may have been lost.
    struct LogRead {
        std::chrono::steady_clock::time_point heard;
        std::chrono::steady_clock::time_point counted;
        std::optional<std::chrono::steady_clock::time_point> lost;
    };
    /// Decides what waited long enough for the other side of the join. What conntrack has and nobody logged
    /// is a flow where it was there before the collector, or its log message may be among those that were
    /// lost. Else it is none: what is under way when conntrack sees it first is not NEW, and may be the other
    /// end's. `is_local` tells whether a destination is this host itself; it is asked only about flows of
    /// which no packet was logged.
    template <typename IsLocal>
    void sweep(const Now& now, const LogRead& log, IsLocal&& is_local) {
        for (const auto& tuple : sweep_logged(now, log, false)) {
            finish_unlogged(tuple, is_local(tuple.destination.address), log);
        }
    }
    /// The last sweep: what still waits is decided at once.
    template <typename IsLocal>
    void finish(const Now& now, const LogRead& log, IsLocal&& is_local) {
        for (const auto& tuple : sweep_logged(now, log, true)) {
            finish_unlogged(tuple, is_local(tuple.destination.address), log);
        }
    }

    /// What was found since the last call; at most one delta for each event, not added up. Valid until the
    /// next call.
    const std::vector<model::FlowDelta>& take();

    [[nodiscard]] std::size_t living() const;
    /// Flows of which no log message came, and that there was no room for.
    [[nodiscard]] std::uint64_t overlooked() const;
    /// Flows that were counted, and not followed for want of room.
    [[nodiscard]] std::uint64_t counted_at_once() const;

  private:
    /// False where nothing is known of it.
    bool closed_known(const ConntrackEntry& entry, const Now& now);
    void closed_unknown(const ConntrackEntry& entry, bool from_here, const Now& now);
    bool dumped_known(const ConntrackEntry& entry, const Now& now);
    void dumped_unknown(const ConntrackEntry& entry, const Now& now);
    std::vector<Tuple> sweep_logged(const Now& now, const LogRead& log, bool all);
    void finish_unlogged(const Tuple& tuple, bool destination_is_local, const LogRead& log);

    std::unique_ptr<FollowedFlows> flows_;
};

} // namespace fwlearn::collector
