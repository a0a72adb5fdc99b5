// A process and all that descend from it, and what /proc says that they have cost so far. Knows nothing of
// what they do. Used by the benchmarks that watch a program from outside.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace fwlearn::bench {

/// The process and all that descend from it.
std::set<int> family_of(int root);

/// Of all threads that the process has now (proc(5), schedstat), in seconds.
double processor_seconds_of(int pid);
/// The same of the whole family.
double processor_seconds(int root);

/// How often any of the process's threads went to sleep of its own will, which is how often something woke it
/// (proc(5), voluntary_ctxt_switches).
std::uint64_t wake_ups(int pid);

struct Memory {
    double resident = 0;     ///< Rss, octets
    double proportional = 0; ///< Pss: what several processes share counts once
};
Memory memory_of(int pid);

/// What the process calls itself in proc_pid_comm(5).
std::string short_name(int pid);

} // namespace fwlearn::bench
