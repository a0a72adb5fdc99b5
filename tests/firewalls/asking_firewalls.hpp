// Asks ufw and firewalld what they think of a file, and has them load it into a lab's server. Both run in a
// throwaway copy of the image.
// Knows nothing of whitelists. Used by validators_test.
#pragma once

#include <ground/netns.hpp>
#include <ground/process.hpp>

#include <string>

namespace fwlearn::firewalls_test {

struct Firewall {
    /// Reads the file, says what is wrong on standard error, and changes nothing.
    std::string check;
    /// Loads it; its rules stay in the network namespace.
    std::string load;
};

/// The file is a script of ufw's commands.
Firewall ufw();
/// The file is a policy of firewalld's.
Firewall firewalld();

/// Runs one of a firewall's scripts on the file's text in the lab's server.
kernel_test::Result ask(const kernel_test::Lab& lab, const std::string& script, const std::string& text);

} // namespace fwlearn::firewalls_test
