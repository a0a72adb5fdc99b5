// A log message's tuple as the key under which the BPF programs file.
// Knows nothing of what is filed. Used by the sources that ask them.
#pragma once

#include "../bpf/shapes.h"
#include "collector/tuple.hpp"

namespace fwlearn::collector::process {

/// The calling thread's network namespace's number (SO_NETNS_COOKIE, Linux 5.14). Throws SystemError.
std::uint64_t own_netns_cookie();

fwlearn_flow_key key_of(const Tuple& tuple, std::uint64_t netns_cookie);

} // namespace fwlearn::collector::process
