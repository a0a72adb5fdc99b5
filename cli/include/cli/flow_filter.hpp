// Which flows `fwlearn flows` shows: the options --process, --user, --unit, --task, --dest, --name, --port,
// --denied, --shadowed.
// Pure. Used by the verb, tested by itself.
#pragma once

#include <model/prefix.hpp>
#include <model/record.hpp>
#include <model/whitelist.hpp>

#include <span>

namespace fwlearn::cli {

struct FlowFilter {
    // Shell patterns, as analyzer/patterns has them; empty admits everything.
    std::string process; ///< executable or script by path or last part, or the short name
    std::string user;    ///< name or number of the socket's owner
    std::string unit;
    std::string task; ///< with its kind or without
    std::string name; ///< a DNS name of the destination
    std::optional<model::Prefix> destination;
    std::optional<model::DetailRange> ports;
    std::optional<model::Protocol> protocol; ///< of --port tcp/443
    bool denied = false;                     ///< those alone; with both, all that is not accepted
    bool shadowed = false;

    /// "443", "8000-8010", "tcp/443" or "icmp"; "192.0.2.0/24". Throw model::UsageError.
    void parse_port(std::string_view text);
    void parse_destination(std::string_view text);

    /// `names` are those of the flow's destination.
    [[nodiscard]] bool admits(const model::Flow& flow, const model::Identities& identities,
                              std::span<const model::NameBinding> names) const;
};

} // namespace fwlearn::cli
