// The kernel's packet log (NFLOG): one group, bound for as long as this object lives.
// Believes only the kernel, counts what it lost. Knows nothing of flows, and reads no packet. Read by the
// observer.
#pragma once

#include <model/flow.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace fwlearn::collector {

/// One logged packet, as the kernel tells of it.
struct LoggedPacket {
    model::SocketOwner owner;        ///< kernel where the packet has no user's socket
    std::uint32_t out_interface = 0; ///< index; 0 where the packet is not leaving
    /// It was copied for the names in it: no flow's first packet, but what `bytes` carries.
    bool for_names = false;
    /// What a whitelist in force says to it; accepted where none has logged it.
    model::FlowVerdict verdict = model::FlowVerdict::accepted;
    std::span<const std::uint8_t> bytes; ///< as copied, from its IP header on; in the reader's memory
    /// When it came in, where the kernel says so (NFULA_TIMESTAMP; not of what leaves).
    std::optional<std::chrono::steady_clock::time_point> arrived;
};

/// What reading a socket came to. Counts are of this one read.
struct ReadResult {
    std::size_t messages = 0;
    bool more = false;           ///< the socket may hold more
    bool overrun = false;        ///< the kernel said ENOBUFS: something is lost
    std::uint64_t lost = 0;      ///< holes in the sequence numbers
    std::uint64_t observed = 0;  ///< of the messages: by observation's rules, and not thrown away
    std::uint64_t simulated = 0; ///< the same, and thrown away because that was asked for
    std::uint64_t foreign = 0;   ///< of the messages: by rules that are not fwlearn's
    std::uint64_t forged = 0;    ///< messages that did not come from the kernel
    std::uint64_t malformed = 0; ///< what could not be decoded
    std::size_t octets = 0;      ///< of the memory that it was given
};

/// Which of the messages of observation's rules are thrown away, to see that losses are told: `drop` of each
/// `of`.
struct SimulatedDrops {
    unsigned drop = 0;
    unsigned of = 1;
};

class NflogSocket {
  public:
    /// Throws SystemError; when the group is taken, its line names the process that holds it.
    explicit NflogSocket(std::uint16_t group, SimulatedDrops simulated = {});
    ~NflogSocket();
    NflogSocket(const NflogSocket&) = delete;
    NflogSocket& operator=(const NflogSocket&) = delete;

    [[nodiscard]] int fd() const;
    /// The receive buffer, in octets.
    [[nodiscard]] std::size_t buffer() const;
    /// Messages that the kernel could not hand over, each with up to nflog_batch packets; modulo 2^32.
    [[nodiscard]] std::uint32_t drops() const;
    /// The prefix of the first message by a rule that is not fwlearn's; empty as long as there is none.
    [[nodiscard]] const std::string& foreign_prefix() const;
    /// One recvmsg(2), which brings many packets; never blocks. Packets that other rules than fwlearn's sent
    /// to the group are counted, and not handed on. `into` has room for nflog_longest_message.
    ReadResult read(std::span<char> into, const std::function<void(const LoggedPacket&)>& handler);
    /// Gives the group back; the kernel then sends at once what it had kept back, which read() still gets.
    void unbind();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// What the kernel may keep back before it sends: this many packets, or for this long.
inline constexpr unsigned nflog_batch = 128;
inline constexpr std::chrono::milliseconds nflog_flush{100};
/// The longest message that libnetfilter_log asks of the kernel, in octets.
inline constexpr std::size_t nflog_longest_message = std::size_t{1} << 17U;
/// Octets of each packet that are copied: both IP headers of an ICMP error with their transport headers.
inline constexpr unsigned nflog_snaplen = 128;
/// The same of packets that are copied for the names in them. A DNS answer over UDP has no more where people
/// follow the advice of 2020 (dnsflagday.net: 1232 octets), a ClientHello has some 500 to 2,000.
inline constexpr unsigned nflog_names_snaplen = 4096;
/// The same of answers over TCP: the kernel makes one packet of segments that come together, and loopback has
/// large ones. No packet is copied further.
inline constexpr unsigned nflog_streams_snaplen = 16384;
/// What a prefix of the log says of the verdict (model/denial_log.hpp).
model::FlowVerdict verdict_of_prefix(std::string_view prefix);
/// The prefixes (NFULA_PREFIX) of observation's rules: of those that log flows, and of those that copy
/// packets for their names. Whatever else comes to the group, and is not by a whitelist, is somebody else's.
inline constexpr const char* nflog_flow_prefix = "fwlearn flow";
inline constexpr const char* nflog_names_prefix = "fwlearn names";

} // namespace fwlearn::collector
