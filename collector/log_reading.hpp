// The kernel's packet log, read and understood: many of its messages at a time, and what the process that
// reads packets makes of them. Tells the losses what was lost. Knows no flow. Asked by the observer.
#pragma once

#include "collector/nflog.hpp"
#include "load.hpp"
#include "losses.hpp"
#include "netlink.hpp"
#include "reading/reader_process.hpp"

#include <functional>
#include <vector>

namespace fwlearn::collector {

class LogReading {
  public:
    /// What is done with packets: some dozens are expected, and then each of them is taken.
    struct Handler {
        std::function<void(std::span<const Tuple* const>)> expect;
        std::function<void(const LoggedPacket&, const reading::ReadPacket&)> take;
    };

    /// All of them outlive it.
    LogReading(NflogSocket& log, reading::ReaderProcess& process, Losses& losses, Load& load)
        : log_(log), process_(process), losses_(losses), load_(load),
          messages_(most + nflog_longest_message) {}

    /// Up to a mebibyte of messages, each packet to the handler that could be understood. True: there may be
    /// more.
    bool read(const Now& now, const Handler& handler);

  private:
    /// Octets of messages; what is asked of their packets is less.
    static constexpr std::size_t most = std::size_t{1} << 20U;
    static_assert(most + nflog_longest_message <= reading::ReaderProcess::most_asked);

    /// How many could not be understood.
    std::uint64_t understand(const Now& now, const Handler& handler);

    NflogSocket& log_;
    reading::ReaderProcess& process_;
    Losses& losses_;
    Load& load_;
    // Of the packets that are being read; kept for their memory.
    std::vector<LoggedPacket> logged_;
    netlink::Buffer messages_;
    std::vector<reading::RawPacket> raw_;
};

} // namespace fwlearn::collector
