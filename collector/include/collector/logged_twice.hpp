// A packet that a whitelist on trial would deny is logged twice: by the whitelist, and right behind it by
// observation. Tells the second message, which says nothing new. Pure: reads no clock. Asked by the observer.
#pragma once

#include "collector/tuple.hpp"

#include <chrono>
#include <memory>

namespace fwlearn::collector {

class LoggedTwice {
  public:
    LoggedTwice();
    ~LoggedTwice();
    LoggedTwice(const LoggedTwice&) = delete;
    LoggedTwice& operator=(const LoggedTwice&) = delete;

    /// The whitelist logged a packet. One of which no second message comes (observation does not log it) is
    /// forgotten within seconds.
    void first(const Tuple& tuple, std::chrono::steady_clock::time_point now);
    /// Whether this is the second message about such a packet; each is told once.
    bool is_second(const Tuple& tuple);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace fwlearn::collector
