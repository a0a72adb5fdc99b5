// Reads the names in packets: DNS over UDP and TCP, ClientHellos, requests, QUIC. Keeps the beginnings of
// streams until they are whole. Knows nothing of who sends, of time but to forget, and of what names are good
// for. Used by the packet reader, which runs without any privilege.
#pragma once

#include "../names/dns_streams.hpp"
#include "../names/heads.hpp"
#include "heard.hpp"

#include <span>
#include <vector>

namespace fwlearn::collector::reading {

class NameReader {
  public:
    struct Found {
        std::vector<Heard> heard;
        bool malformed = false; ///< something in there could not be understood

        bool operator==(const Found&) const = default;
    };
    /// A packet that was copied for the names in it, from its IP header on. `leaving`: this host sends it.
    Found read(std::span<const std::uint8_t> bytes, bool leaving, const Now& now);

    /// Streams of DNS over TCP that were given up: to make room for others, or because a part is missing.
    [[nodiscard]] std::uint64_t streams_dropped() const { return streams_.dropped(); }
    /// Beginnings of connections that said no name, or were one too many.
    [[nodiscard]] std::uint64_t heads_given_up() const { return heads_.given_up(); }

    /// What is being read of both: lost when the reader is.
    [[nodiscard]] std::uint64_t streams_open(const Now& now) const { return streams_.open(now); }
    [[nodiscard]] std::uint64_t heads_open() const { return heads_.open(); }

  private:
    names::DnsStreams streams_;
    names::Heads heads_;
};

} // namespace fwlearn::collector::reading
