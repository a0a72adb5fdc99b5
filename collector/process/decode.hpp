// From what the BPF programs filed to what the rest of the collector speaks. Pure, and trusts nothing that a
// process could have written: lengths are checked, bytes are kept as they are. Used by the attributor; fuzzed
// by tests/fuzz.
#pragma once

#include "../bpf/shapes.h"
#include "collector/process/lineage.hpp"

#include <span>

namespace fwlearn::collector::process {

/// Components from the last to the first, each ended by a NUL; `cut` where the first ones are missing, which
/// the result shows as a leading `...`.
model::ForeignText path_of(std::span<const char> components, bool cut);

/// NUL-separated, as in a process's memory and in /proc/PID/cmdline.
std::vector<model::ForeignText> arguments_of(std::span<const char> bytes);

/// A program without pid, times and user, which are no part of an image.
Program decode(const fwlearn_image& image);
model::ForeignText decode(const fwlearn_cgroup& cgroup);

} // namespace fwlearn::collector::process
