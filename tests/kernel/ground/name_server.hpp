// A name server in the lab's internet, whose answers the test decides and changes at any moment. Knows
// nothing of who asks; counts the questions. Made by the kernel tests.
#pragma once

#include "netns.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace fwlearn::kernel_test {

class NameServer {
  public:
    /// Answers over UDP and TCP at one of the internet's addresses when the constructor returns.
    NameServer(const Lab& lab, const model::Address& address);
    ~NameServer();
    NameServer(const NameServer&) = delete;
    NameServer& operator=(const NameServer&) = delete;

    /// From now on the name has these addresses; without any, nobody knows it.
    void set(const std::string& name, std::vector<model::Address> addresses, std::uint32_t ttl = 60);
    /// From now on no question for the name is answered.
    void silence(const std::string& name);
    /// From now on questions of this type (RFC 1035 3.2.2) for the name are answered with SERVFAIL.
    void fail(const std::string& name, std::size_t type);
    /// More than this many addresses are answered as truncated over UDP.
    void truncate_beyond(std::size_t addresses) { truncate_beyond_ = addresses; }

    /// From now on questions over TCP are taken in, on connections that stay open, and never answered.
    void be_mute_over_tcp() { mute_over_tcp_ = true; }

    /// Over UDP each answer is sent so often.
    void answer_each(unsigned times) { times_ = times; }

    [[nodiscard]] const model::Address& address() const { return address_; }

  private:
    struct Zone {
        std::vector<model::Address> addresses;
        std::uint32_t ttl = 0;
        bool silent = false;
        std::set<std::size_t> failing{}; ///< types
    };
    std::vector<std::uint8_t> answer(const std::vector<std::uint8_t>& question, bool over_udp);
    void serve();
    void serve_tcp();

    model::Address address_;
    std::size_t truncate_beyond_ = 1000;
    unsigned times_ = 1;
    std::atomic<bool> mute_over_tcp_ = false;
    std::vector<Fd> kept_open_; ///< connections that nobody is answered on
    std::mutex mutex_;
    std::map<std::string, Zone> zones_;
    Fd udp_, tcp_, stop_;
    std::thread thread_;
};

} // namespace fwlearn::kernel_test
