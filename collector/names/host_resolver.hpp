// What the host's own resolver says of a name: libc's, with hosts(5) and what nsswitch.conf(5) has besides.
// It may take any time, for ever too: libc waits without end for a name server that took in a question over
// TCP, and so may what nsswitch.conf(5) has. Used by lookup, in a process of its own.
#pragma once

#include "collector/names/lookup.hpp"

#include <functional>

namespace fwlearn::collector::names {

/// What is known so far; of an IP version that was not asked for yet, that it is silent.
using SoFar = std::function<void(const Looked&)>;

/// Tells what it knows after each of its steps: A, AAAA, the others where these told nothing, and hosts(5).
/// The process asks nobody else by getaddrinfo(3) afterwards.
void ask_host(const std::string& host_name, const SoFar& tell);

/// Asks the servers of resolv.conf(5) for localhost, over UDP and then over TCP, as libc does where an answer
/// is large. Tells after each what came of it as that of IPv4.
void ask_servers(const SoFar& tell);

} // namespace fwlearn::collector::names
