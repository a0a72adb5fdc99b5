// What was open before observing began: taken for flows of whoever can still send on it. Asks sockets and
// conntrack, once. Called by the observer as it begins.
#pragma once

#include "collector/flow_tracker.hpp"
#include "collector/host/users.hpp"
#include "collector/local_addresses.hpp"
#include "collector/process/senders.hpp"
#include "conntrack_reading.hpp"

namespace fwlearn::collector {

class OpenBefore {
  public:
    /// All of them outlive it.
    OpenBefore(const LocalAddresses& local, host::Users& users, process::Senders& senders,
               FlowTracker& tracker, model::Identities& identities)
        : local_(local), users_(users), senders_(senders), tracker_(tracker), identities_(identities) {}

    /// Connections, by their sockets. Throws SystemError.
    void take_in_connections(const Now& now);
    /// For the first dump of conntrack's table: what it has from before goes on where a socket can still send
    /// on it. Of TCP these have been taken in; datagrams may leave through a socket that is not connected.
    /// Throws SystemError.
    [[nodiscard]] ConntrackReading::OfBefore of_before(const Now& now);

  private:
    void take_in(const Tuple& tuple, std::uint32_t uid, bool opening, const Now& now);

    const LocalAddresses& local_;
    host::Users& users_;
    process::Senders& senders_;
    FlowTracker& tracker_;
    model::Identities& identities_;
};

} // namespace fwlearn::collector
