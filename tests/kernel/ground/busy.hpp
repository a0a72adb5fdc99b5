// Who is busy in the lab's server: processes of their own, each of one user and one cgroup, that open flows
// at a steady pace. Services that are answered, a flood of datagrams that nobody answers, a scan of ports,
// and questions for names. Knows nothing of who watches. Used by the tests of floods and of observing.
#pragma once

#include "netns.hpp"

#include <model/process.hpp>
#include <model/service.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace fwlearn::kernel_test {

/// A child process that runs `work` in the lab's server, with sockets of this user's, in this cgroup (empty:
/// where it is). Killed when the object goes before it has ended.
class Busy {
  public:
    Busy(const Lab& lab, const model::SocketOwner& owner, const std::filesystem::path& cgroup,
         const std::function<void()>& work);
    ~Busy();
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;

    /// Until it has done its work. Throws where it did not.
    void wait();

  private:
    int pid_ = -1;
};

/// One octet there and one back, as a datagram or on a connection; from this port of our own, over IPv4 (0:
/// any).
void exchange(const model::Destination& to, std::uint16_t from = 0);

/// `count` flows, one after another to these destinations over and over, each of which is answered.
void serve_steadily(const std::vector<model::Destination>& destinations, unsigned count, unsigned a_second);

/// Datagrams from one socket to so many addresses of the internet, each another one.
void flood(unsigned count, unsigned a_second);

/// A SYN each to so many ports, from 1 on, of so many hosts.
void scan(unsigned hosts, unsigned ports, unsigned a_second);

/// The name with this number, of those that are asked for without end.
std::string flooded_name(unsigned number);
/// Asks a name server over UDP for so many names, each another one, and reads the answers.
void ask_without_end(const model::Address& name_server, unsigned count, unsigned a_second);

/// In the internet: what a flood or a scan is sent to says nothing, and costs nothing.
void ignore_floods(const Lab& lab);

} // namespace fwlearn::kernel_test
