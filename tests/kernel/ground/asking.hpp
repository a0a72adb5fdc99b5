// Processes of the lab's server that ask a name server and connect to what it tells them; and any other
// program there with a resolv.conf(5) of the test's own, in a mount namespace that goes with it.
// Knows nothing of fwlearn. Used by the kernel tests.
#pragma once

#include "name_server.hpp"
#include "process.hpp"
#include "temporary.hpp"

namespace fwlearn::kernel_test {

class ResolvConf {
  public:
    explicit ResolvConf(const model::Address& resolver);
    /// A command that becomes the one behind it, which has this file for /etc/resolv.conf, as this user.
    [[nodiscard]] std::vector<std::string> through(std::uint32_t uid = 0) const;

  private:
    TemporaryDirectory directory_;
};

/// What the asker printed of one line.
struct Asked {
    std::string name;
    std::uint16_t port = 0;
    std::string address;
    std::string outcome; ///< ok, refused, timeout, error, unresolved
};

struct Question {
    std::string name;
    std::uint16_t port = 0;
    std::string data{}; ///< hexadecimal: sent when the connection stands
};

std::string input_of(const std::vector<Question>& questions);
std::vector<Asked> answers_in(const std::string& output);

/// Runs the asker to its end as this user, in the server.
std::vector<Asked> ask(const Lab& lab, const std::string& asker, const ResolvConf& resolver,
                       std::uint32_t uid, const std::vector<Question>& questions);

} // namespace fwlearn::kernel_test
