// A program that is told of new flows and keeps them, with what it costs: fwlearn, its peers, and a loop that
// only receives. Knows nothing of the traffic. Used by bench/collector_cost.
#pragma once

#include "share_of_a_cpu.hpp"

#include <ground/netns.hpp>
#include <ground/temporary.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace fwlearn::bench {

/// One way to listen.
struct Kind {
    std::string name;
    std::string rules{};     ///< for nft, while it listens; empty: it makes its own, or needs none
    std::string own_table{}; ///< of family inet, which it makes when it has begun to listen
    std::vector<std::string> command{};
    std::map<std::string, std::string> environment{};
    unsigned group = 0; ///< NFLOG group that it binds; 0: conntrack's NEW events
    int end_signal = 15;
    std::string chroot{}; ///< where its program lives; empty: here
    /// Called before it starts, and after it has ended: how many flows it kept.
    std::function<void()> prepare = [] {};
    std::function<std::uint64_t()> kept = [] { return std::uint64_t{0}; };
};

class Listener {
  public:
    /// On the second CPU, of which it gets no more than `share` if that is given. Returns when it listens.
    Listener(const kernel_test::Lab& lab, const Kind& kind, const ShareOfACpu* share = nullptr);
    ~Listener();
    /// What it has cost until now is not part of what stop() tells.
    void begin_to_count();
    /// Returns when it has read all that was sent to it, but for what the kernel still holds back.
    void wait_until_read() const;
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    [[nodiscard]] int pid() const { return pid_; }

    struct Cost {
        double processor_seconds =
            0; ///< user and system, with all its children, from when it listened until it had read all
        std::uint64_t kept = 0;
    };
    /// When it has read all that was sent to it.
    Cost stop();

  private:
    [[nodiscard]] std::uint64_t waiting() const;

    const kernel_test::Lab& lab_;
    const Kind& kind_;
    int pid_ = -1;
    double at_ready_ = 0;
};

} // namespace fwlearn::bench
