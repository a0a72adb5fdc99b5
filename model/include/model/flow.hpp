// Flows as they are counted: who (process, task, socket owner) reached what (destination), how often, with
// which outcome. The collector produces deltas of them, sql adds those up by the hour, the analyzer reads
// sums.
#pragma once

#include "model/identities.hpp"
#include "model/mixed.hpp"
#include "model/service.hpp"
#include "model/time.hpp"

#include <algorithm>

namespace fwlearn::model {

/// Where the evidence for a name comes from, strongest last.
enum class BindingSource : std::uint8_t { configuration, http_host, tls_sni, dns_host, dns_process };

/// What the whitelist in force said to a flow's first packet.
enum class FlowVerdict : std::uint8_t {
    accepted, ///< let it pass; also where no whitelist was in force
    denied,   ///< stopped it: it never left this host
    shadowed, ///< let it pass, and would have stopped it but for being tried out (apply --shadow)
};

/// What makes two flows count as the same row. The source address and port are no part of it.
struct FlowKey {
    SocketOwner owner;
    ProcessId process = ProcessId::unknown; ///< the actor: whose doing it was
    /// Who made the socket, where that was another process; selectors in the kernel mean this one.
    ProcessId creator = ProcessId::unknown;
    TaskId task = TaskId::unknown;
    Attribution attribution = Attribution::unknown;
    InterfaceId interface = InterfaceId::unknown; ///< the one that routing chose to send through
    /// The name by which the sender knew the destination when the flow began, and on what evidence.
    NameId name = NameId::unknown;
    BindingSource name_source = BindingSource::configuration; ///< only with a name
    /// Many destinations folded into one row, because there were more than memory allows: address is then
    /// the family's unspecified one. Reported, never whitelisted.
    bool overflow = false;
    FlowVerdict verdict = FlowVerdict::accepted;
    Destination destination;

    auto operator<=>(const FlowKey&) const = default;
};

/// Sums over the flows of one key. What is known to have ended one way is in exactly one of answered,
/// refused and unanswered; `count` less these three is still open, or its end was not seen.
struct FlowCounts {
    std::uint64_t count = 0;
    std::uint64_t answered = 0;     ///< conntrack saw a packet in the reply direction
    std::uint64_t refused = 0;      ///< ended by a TCP reset or an ICMP error before any other answer
    std::uint64_t unanswered = 0;   ///< timed out, or was stopped on this host (denied), without any answer
    std::uint64_t already_open = 0; ///< of `count`: began before the collector did
    // Zero while the kernel's accounting (net.netfilter.nf_conntrack_acct) is off. Bytes with IP headers.
    std::uint64_t packets_out = 0; ///< of a denied flow, which conntrack never has: each one denied, always
    std::uint64_t bytes_out = 0;
    std::uint64_t packets_in = 0;
    std::uint64_t bytes_in = 0;
    Timestamp first_seen = Timestamp::max();
    Timestamp last_seen = Timestamp::min();

    FlowCounts& operator+=(const FlowCounts& other) {
        count += other.count;
        answered += other.answered;
        refused += other.refused;
        unanswered += other.unanswered;
        already_open += other.already_open;
        packets_out += other.packets_out;
        bytes_out += other.bytes_out;
        packets_in += other.packets_in;
        bytes_in += other.bytes_in;
        first_seen = std::min(first_seen, other.first_seen);
        last_seen = std::max(last_seen, other.last_seen);
        return *this;
    }
    bool operator==(const FlowCounts&) const = default;
};

/// One addition to the record: `counts` belong to the hour in which the flow began.
struct FlowDelta {
    FlowKey key;
    Hour hour;
    FlowCounts counts;

    bool operator==(const FlowDelta&) const = default;
};

/// How many flows began in one hour, and what became of them. Of the two latter no more than fits is counted.
struct HourCount {
    Hour hour;
    std::uint64_t count = 0;
    std::uint32_t answered = 0;
    std::uint32_t in_vain = 0; ///< refused, or unanswered

    auto operator<=>(const HourCount&) const = default;
};

} // namespace fwlearn::model

template <>
struct std::hash<fwlearn::model::FlowKey> {
    std::size_t operator()(const fwlearn::model::FlowKey& key) const noexcept {
        using fwlearn::model::mixed;
        std::uint64_t result = std::hash<fwlearn::model::Address>{}(key.destination.address);
        result = mixed(result, std::uint64_t{key.destination.service.protocol.number} << 16U |
                                   key.destination.service.detail);
        result = mixed(result, std::uint64_t{key.owner.uid} << 32U | key.owner.gid);
        result = mixed(result, static_cast<std::uint64_t>(key.verdict));
        result = mixed(result, static_cast<std::uint64_t>(key.creator));
        result = mixed(result,
                       static_cast<std::uint64_t>(key.process) << 32U | static_cast<std::uint64_t>(key.task));
        return static_cast<std::size_t>(mixed(result, static_cast<std::uint64_t>(key.interface) << 32U |
                                                          static_cast<std::uint64_t>(key.name)));
    }
};
