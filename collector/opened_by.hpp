// Which end has opened the connections that are open when the collector begins, as conntrack has it. Where
// conntrack does not know them, or has seen them first when they were under way, the socket has to tell.
// Knows nothing of flows. Used by the observer, as it begins.
#pragma once

#include "collector/conntrack.hpp"
#include "collector/local_addresses.hpp"
#include "collector/sockets.hpp"

#include <unordered_set>

namespace fwlearn::collector {

class OpenedBy {
  public:
    /// Reads conntrack's table. Throws SystemError.
    explicit OpenedBy(const LocalAddresses& local);

    [[nodiscard]] bool by_the_other_end(const OpenSocket& open) const;

  private:
    // As the socket has them: with the source on this host.
    std::unordered_set<Tuple> here_, there_;
};

} // namespace fwlearn::collector
