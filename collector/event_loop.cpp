#include "collector/event_loop.hpp"

#include <model/errors.hpp>

#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <deque>
#include <utility>

namespace fwlearn::collector {
namespace {

/// A file descriptor that is closed with its owner.
class Fd {
  public:
    Fd(int fd, const char* purpose) : fd_(fd) {
        if (fd < 0) {
            throw model::SystemError(purpose, errno);
        }
    }
    ~Fd() {
        if (fd_ >= 0) {
            close(fd_);
        }
    }
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&&) = delete;
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    [[nodiscard]] int get() const { return fd_; }

  private:
    int fd_;
};

timespec to_timespec(std::chrono::milliseconds duration) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
    return {seconds.count(), std::chrono::nanoseconds(duration - seconds).count()};
}

} // namespace

struct EventLoop::State {
    Fd epoll{epoll_create1(EPOLL_CLOEXEC), "cannot make an epoll instance"};
    std::deque<Fd> own;                         // timers and signals
    std::deque<std::function<void()>> handlers; // by the number in the epoll event
    bool running = false;
    std::chrono::milliseconds pause{0};

    void timer(std::chrono::milliseconds first, std::chrono::milliseconds period, EventLoop& loop,
               std::function<void()> handler) {
        Fd timer(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "cannot make a timer");
        const itimerspec setting{to_timespec(period), to_timespec(first)};
        if (timerfd_settime(timer.get(), 0, &setting, nullptr) != 0) {
            throw model::SystemError("cannot set a timer", errno);
        }
        const int fd = timer.get();
        own.push_back(std::move(timer));
        loop.on_readable(fd, [fd, handler = std::move(handler)] {
            std::uint64_t expirations = 0;
            if (read(fd, &expirations, sizeof expirations) == sizeof expirations) {
                handler();
            }
        });
    }
};

EventLoop::EventLoop() : state_(std::make_unique<State>()) {}

EventLoop::~EventLoop() = default;

void EventLoop::on_readable(int fd, std::function<void()> handler) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = state_->handlers.size();
    state_->handlers.push_back(std::move(handler));
    if (epoll_ctl(state_->epoll.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
        throw model::SystemError("cannot wait for a file descriptor", errno);
    }
}

void EventLoop::every(std::chrono::milliseconds period, std::function<void()> handler) {
    state_->timer(period, period, *this, std::move(handler));
}

void EventLoop::after(std::chrono::milliseconds delay, std::function<void()> handler) {
    state_->timer(delay, std::chrono::milliseconds{0}, *this, std::move(handler));
}

void EventLoop::on_signals(std::initializer_list<int> signals, std::function<void()> handler) {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : signals) {
        sigaddset(&set, signal);
    }
    if (sigprocmask(SIG_BLOCK, &set, nullptr) != 0) {
        throw model::SystemError("cannot block signals", errno);
    }
    Fd pending(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "cannot wait for signals");
    const int fd = pending.get();
    state_->own.push_back(std::move(pending));
    on_readable(fd, [fd, handler = std::move(handler)] {
        signalfd_siginfo info{};
        if (read(fd, &info, sizeof info) == sizeof info) {
            handler();
        }
    });
}

void EventLoop::run() {
    state_->running = true;
    std::array<epoll_event, 16> events{};
    while (state_->running) {
        const int count = epoll_wait(state_->epoll.get(), events.data(), static_cast<int>(events.size()), -1);
        if (count < 0 && errno != EINTR) {
            throw model::SystemError("cannot wait for events", errno);
        }
        for (int index = 0; index < count && state_->running; ++index) {
            state_->handlers[events[static_cast<std::size_t>(index)].data.u64]();
        }
        if (const auto pause = std::exchange(state_->pause, std::chrono::milliseconds{0});
            pause.count() > 0 && state_->running) {
            const auto time = to_timespec(pause);
            clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr); // signals are blocked
        }
    }
}

void EventLoop::rest(std::chrono::milliseconds time) {
    state_->pause = time;
}

void EventLoop::stop() {
    state_->running = false;
}

} // namespace fwlearn::collector
