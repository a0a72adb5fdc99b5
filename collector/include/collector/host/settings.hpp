// What the host's settings say that it needs from the network: name servers, package archives, clocks, mail
// relays, log servers, certificate authorities and the names of hosts(5), each with its file and line. Read
// from files below a root; needs none of the programs to be there, and asks nobody.
// Must not know what was observed. Called by the observer; the root is a parameter so that a test has its
// own.
#pragma once

#include <model/configured.hpp>

#include <filesystem>
#include <vector>

namespace fwlearn::collector::host {

/// All that the settings below `root` name, in the order of kind, file, line. Files that cannot be read or
/// understood count as not there. What the host itself answers (loopback) is not needed from the network
/// and left out, but for name servers: they say whose answers count.
std::vector<model::Configured> read_settings(const std::filesystem::path& root);

} // namespace fwlearn::collector::host
