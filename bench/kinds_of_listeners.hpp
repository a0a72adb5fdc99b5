// Who is measured: fwlearn with and without attribution, a loop that only receives, and the peers as their
// packages set them up. Knows nothing of the traffic, and what each costs it does not know either. Used by
// bench/collector_cost.
#pragma once

#include "listener.hpp"

namespace fwlearn::bench {

struct Programs {
    std::filesystem::path fwlearn;
    std::filesystem::path receive_only;
    std::filesystem::path peers; ///< bench/make-peers
};

/// `work`: a directory that outlives them.
Kind fwlearn_kind(const Programs& programs, const std::filesystem::path& work,
                  const std::string& attribution);
/// `ends`: told of each connection's end by conntrack, as fwlearn is.
Kind receive_only_kind(const Programs& programs, const std::filesystem::path& work, bool ends);
Kind ulogd_kind(const Programs& programs);
Kind ulogd_conntrack_kind(const Programs& programs);
Kind pmacct_kind(const Programs& programs);
Kind conntrack_kind(const Programs& programs);

} // namespace fwlearn::bench
