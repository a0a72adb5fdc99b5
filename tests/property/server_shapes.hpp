// The simulated servers on which the estimate of what has not been seen is tried: one by which it is judged,
// and others that differ from it as far as servers do.
#pragma once

#include "simulated_server.hpp"

namespace fwlearn::tests {

/// The first is the one by which it is judged.
std::vector<ServerShape> server_shapes();

} // namespace fwlearn::tests
