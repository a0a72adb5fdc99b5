// The collector's one loop: epoll over sockets, a timerfd a second, a signalfd. It knows nothing of what it
// waits for. Run by the observer.
#pragma once

#include <chrono>
#include <functional>
#include <initializer_list>
#include <memory>

namespace fwlearn::collector {

class EventLoop {
  public:
    /// Throws SystemError.
    EventLoop();
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// Calls `handler` while `fd` is readable. The descriptor stays the caller's.
    void on_readable(int fd, std::function<void()> handler);
    /// Calls `handler` every `period`, by the monotonic clock.
    void every(std::chrono::milliseconds period, std::function<void()> handler);
    /// Calls `handler` once after `delay`, by the monotonic clock.
    void after(std::chrono::milliseconds delay, std::function<void()> handler);
    /// Blocks these signals for the process, and calls `handler` when one comes.
    void on_signals(std::initializer_list<int> signals, std::function<void()> handler);

    /// Nothing is looked at for so long after the handlers that are being called: what comes meanwhile is
    /// found together. For handlers that were called for little, and will be again at once.
    void rest(std::chrono::milliseconds time);

    /// Until stop() is called from a handler.
    void run();
    void stop();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace fwlearn::collector
