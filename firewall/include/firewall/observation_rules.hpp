// The text of the rules by which the kernel logs what is to be observed. They change no verdict.
// Pure. Printed by cli for administrators who place their own rules, loaded by observation_table.
#pragma once

#include <cstdint>
#include <string>

namespace fwlearn::firewall {

/// The table that `observe` makes, and nobody else touches.
inline constexpr const char* observation_table_name = "fwlearn_observe";

struct ObservationRules {
    std::uint16_t group = 0; ///< NFLOG group
    unsigned snaplen = 128;  ///< octets of each packet
    unsigned batch = 32;     ///< packets that the kernel may send together
    std::string prefix;      ///< by which the collector tells these rules from others' of the same group
    /// Of packets that are copied for the names in them: DNS questions and answers, and the first data of
    /// connections that begin with TLS, HTTP or QUIC. 0: none are.
    unsigned names_snaplen = 0;
    std::string names_prefix; ///< by which the collector tells these apart
    bool owner = false;       ///< the table goes with the process that made it (Linux 5.12)
    /// As names_snaplen, of what name servers answer over TCP: the kernel joins segments to large packets.
    unsigned streams_snaplen = 16384;
};

/// A file for `nft -f` that replaces the table as a whole.
std::string nft_rules(const ObservationRules& rules);
/// The same for iptables and ip6tables: a shell script of commands that append to mangle's chains.
std::string iptables_rules(const ObservationRules& rules);

} // namespace fwlearn::firewall
