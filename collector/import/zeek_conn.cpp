#include "zeek_conn.hpp"

#include "number.hpp"
#include "zeek_icmp.hpp"

#include <model/ascii.hpp>

#include <algorithm>
#include <array>

namespace fwlearn::import {
namespace {

using model::FlowCounts;
using model::Protocol;

/// 0 where the log has none; nothing for what is no number.
std::optional<std::uint64_t> count_or_zero(const Row& row, Column column) {
    const auto text = row[column];
    return text ? parse_count(*text) : 0;
}

Protocol icmp_of(model::Family family) {
    return family == model::Family::ipv4 ? model::protocol::icmp : model::protocol::icmpv6;
}

std::optional<Protocol> protocol_of(const Row& row, model::Family family) {
    const auto name = row[Column::proto];
    if (name == "tcp") {
        return model::protocol::tcp;
    }
    if (name == "udp") {
        return model::protocol::udp;
    }
    if (name == "icmp") { // Zeek's word for both
        return icmp_of(family);
    }
    const auto number = row[Column::ip_proto];
    const auto parsed = number ? parse_integer<std::uint8_t>(*number) : std::nullopt;
    return parsed ? std::optional(Protocol{*parsed}) : std::nullopt;
}

std::optional<bool> originated_here(const Row& row, const Locals& locals, const model::Address& originator) {
    if (!locals.empty()) {
        return locals.contains(originator);
    }
    const auto word = row[Column::local_orig];
    if (word != "T" && word != "F") {
        return std::nullopt;
    }
    return word == "T";
}

/// Whether the other end sent anything, as far as the log tells. History has small letters for its packets.
std::optional<bool> replied(const Row& row, const FlowCounts& counts) {
    if (row.has(Column::resp_pkts)) {
        return counts.packets_in > 0;
    }
    if (counts.bytes_in > 0) {
        return true;
    }
    if (const auto history = row[Column::history]) {
        return std::any_of(history->begin(), history->end(), model::is_lower_case);
    }
    return std::nullopt;
}

template <std::size_t size>
bool is_one_of(std::string_view word, const std::array<std::string_view, size>& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// conn_state to the outcome; docs/import.md has the table and the reasons.
void judge(const Row& row, Protocol protocol, FlowCounts& counts) {
    constexpr std::array<std::string_view, 3> without_answer{"S0", "SH", "RSTOS0"};
    constexpr std::array<std::string_view, 8> with_answer{"S1",   "S2",   "S3",  "SF",
                                                          "RSTO", "RSTR", "SHR", "RSTRH"};
    const auto state = row[Column::conn_state].value_or("");
    const auto reply = replied(row, counts);
    const bool is_tcp = protocol == model::protocol::tcp;
    const bool silent = is_tcp ? is_one_of(state, without_answer) : state == "S0";
    // Of TCP the state tells; of the others, what came back, and the state only where that is not logged.
    const bool heard = is_one_of(state, with_answer);
    if (is_tcp && state == "REJ") {
        counts.refused = 1;
    } else if (!silent && ((is_tcp && heard) || reply.value_or(heard))) {
        counts.answered = 1;
    } else if (silent || (!is_tcp && reply)) {
        counts.unanswered = 1;
    }
    if (is_tcp && state == "OTH") {
        counts.already_open = 1;
    }
}

/// Zeek saw no beginning and calls the first sender the originator. From a service's port to one that Linux,
/// Windows and the BSDs hand out to clients (ip_local_port_range starts at 32768), that is the answer.
bool looks_like_an_answer(const Row& row, Protocol protocol, std::uint16_t from, std::uint16_t to) {
    constexpr std::uint16_t first_ephemeral = 32768;
    return protocol == model::protocol::tcp && row[Column::conn_state] == "OTH" && from < first_ephemeral &&
           to >= first_ephemeral;
}

/// No connection outlives so many restarts of hosts and of Zeek. Its file would count as observed for as
/// long.
constexpr std::chrono::hours longest{24 * 366};

std::optional<FlowCounts> counts_of(const Row& row, model::Timestamp start) {
    FlowCounts counts;
    counts.count = 1;
    const auto bytes_out =
        count_or_zero(row, row.has(Column::orig_ip_bytes) ? Column::orig_ip_bytes : Column::orig_bytes);
    const auto bytes_in =
        count_or_zero(row, row.has(Column::resp_ip_bytes) ? Column::resp_ip_bytes : Column::resp_bytes);
    const auto packets_out = count_or_zero(row, Column::orig_pkts);
    const auto packets_in = count_or_zero(row, Column::resp_pkts);
    const auto duration = parse_seconds(row[Column::duration].value_or("0"));
    if (!bytes_out || !bytes_in || !packets_out || !packets_in || !duration || *duration > longest) {
        return std::nullopt;
    }
    counts.bytes_out = *bytes_out;
    counts.bytes_in = *bytes_in;
    counts.packets_out = *packets_out;
    counts.packets_in = *packets_in;
    counts.first_seen = start;
    counts.last_seen = start + std::chrono::floor<std::chrono::milliseconds>(*duration);
    if (counts.last_seen > latest_time()) {
        return std::nullopt;
    }
    return counts;
}

} // namespace

std::variant<ConnFlow, NotOurs, Unlocated, NotUnderstood> read_conn(const Row& row, const Locals& locals) {
    const auto start = parse_time(row[Column::ts].value_or(""));
    if (!start) {
        return NotUnderstood{"ts is no time from 1970 to 9999"};
    }
    const auto originator = model::Address::parse(row[Column::orig_h].value_or(""));
    const auto responder = model::Address::parse(row[Column::resp_h].value_or(""));
    if (!originator || !responder) {
        return NotUnderstood{"id.orig_h or id.resp_h is no address"};
    }
    const auto from = parse_integer<std::uint16_t>(row[Column::orig_p].value_or(""));
    const auto to = parse_integer<std::uint16_t>(row[Column::resp_p].value_or(""));
    if (!from || !to) {
        return NotUnderstood{"id.orig_p or id.resp_p is no port"};
    }
    const auto protocol = protocol_of(row, responder->unmapped().family());
    if (!protocol) {
        return NotUnderstood{"proto does not say which protocol it was, and there is no ip_proto"};
    }
    auto counts = counts_of(row, *start);
    if (!counts) {
        return NotUnderstood{"duration, packets or bytes are no numbers, or too large"};
    }
    const auto here = originated_here(row, locals, originator->unmapped());
    if (!here) {
        return Unlocated{};
    }
    const auto destination = responder->unmapped();
    const bool sent_nothing = row.has(Column::orig_pkts) && counts->packets_out == 0;
    if (!*here || destination.is_loopback() || destination == originator->unmapped() || sent_nothing ||
        looks_like_an_answer(row, *protocol, *from, *to)) {
        return NotOurs{*start};
    }
    std::optional<model::Service> service = model::Service{*protocol, 0};
    if (protocol->is_icmp()) {
        if (*from > 255 || *protocol != icmp_of(destination.family())) {
            return NotUnderstood{"id.orig_p is no ICMP type, or ip_proto is the other family's"};
        }
        service = icmp_request(*protocol, static_cast<std::uint8_t>(*from));
        if (!service) {
            return NotOurs{*start};
        }
    } else if (protocol->has_ports()) {
        if (row[Column::proto] == "unknown_transport" && *to == 0) {
            return NotUnderstood{"Zeek does not know this protocol's ports"};
        }
        service->detail = *to;
    }
    judge(row, *protocol, *counts);
    return ConnFlow{{*service, destination}, *counts};
}

} // namespace fwlearn::import
