#include "open_before.hpp"

#include "collector/sockets.hpp"
#include "opened_by.hpp"

#include <map>

namespace fwlearn::collector {

void OpenBefore::take_in_connections(const Now& now) {
    const OpenedBy opened(local_);
    for (const auto& open : connected_sockets()) {
        if (local_.contains(open.tuple.destination.address)) {
            continue;
        }
        if (opened.by_the_other_end(open)) {
            tracker_.already_open_inbound(open.tuple);
        } else {
            take_in(open.tuple, open.uid, open.opening, now);
        }
    }
}

ConntrackReading::OfBefore OpenBefore::of_before(const Now& now) {
    using Port = std::pair<model::Protocol, std::uint16_t>;
    std::map<Port, std::uint32_t> users_of_ports;
    for (const auto& open : sending_sockets()) {
        users_of_ports.emplace(Port{open.tuple.destination.service.protocol, open.tuple.source_detail},
                               open.uid);
    }
    return [this, now, users_of_ports](const ConntrackEntry& entry, const Now& asked) {
        const auto protocol = entry.tuple.destination.service.protocol;
        if (!protocol.has_ports() || protocol == model::protocol::sctp || protocol == model::protocol::dccp) {
            return true; // of whose sockets nobody is asked
        }
        const auto found = users_of_ports.find({protocol, entry.tuple.source_detail});
        if (protocol == model::protocol::tcp || found == users_of_ports.end()) {
            tracker_.already_over(entry, asked);
        } else {
            take_in(entry.tuple, found->second, false, now);
        }
        return false;
    };
}

void OpenBefore::take_in(const Tuple& tuple, std::uint32_t uid, bool opening, const Now& now) {
    LivingSender sender;
    sender.owner = model::SocketOwner::user(uid, model::no_gid);
    users_.name(sender.owner, identities_);
    senders_.attribute(sender, tuple, identities_);
    tracker_.already_open(tuple, sender, opening, now);
}

} // namespace fwlearn::collector
