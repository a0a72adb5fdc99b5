#include "record_changes.hpp"

#include <model/errors.hpp>
#include <model/foreign_text.hpp>

#include <poll.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace fwlearn::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds soonest{1000};
constexpr std::chrono::milliseconds latest{30'000};

int hold_back(sigset_t& before) {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        sigaddset(&signals, signal);
    }
    pthread_sigmask(SIG_BLOCK, &signals, &before);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

int left_until(Clock::time_point time) {
    return static_cast<int>(
        std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::milliseconds>(time - Clock::now()).count()));
}

} // namespace

RecordChanges::RecordChanges(const std::filesystem::path& database)
    : file_(database.filename().string()), signals_(hold_back(before_)),
      events_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    // The write-ahead log comes and goes; its folder stays.
    const auto folder = std::filesystem::absolute(database).parent_path();
    if (!signals_.is_open() || !events_.is_open() ||
        inotify_add_watch(events_.get(), folder.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0) {
        const int error = errno;
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
        throw model::SystemError("cannot watch " + model::for_terminal(model::ForeignText(folder.string())),
                                 error);
    }
}

RecordChanges::~RecordChanges() {
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

bool RecordChanges::was_written_to() const {
    alignas(inotify_event) std::array<char, 16384> buffer{};
    bool ours = false;
    for (ssize_t got = 0; (got = read(events_.get(), buffer.data(), buffer.size())) > 0;) {
        for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(got);) {
            inotify_event event{};
            std::memcpy(&event, buffer.data() + at, sizeof event);
            const std::string name = event.len == 0 ? "" : buffer.data() + at + sizeof event;
            ours = ours || (event.mask & IN_Q_OVERFLOW) != 0 || name == file_ || name == file_ + "-wal";
            at += sizeof event + event.len;
        }
    }
    return ours;
}

bool RecordChanges::stopped_within(int milliseconds) const {
    pollfd waiting{signals_.get(), POLLIN, 0};
    signalfd_siginfo taken{}; // off, or it would be delivered once it is held back no more
    return poll(&waiting, 1, milliseconds) > 0 &&
           read(signals_.get(), &taken, sizeof taken) == static_cast<ssize_t>(sizeof taken);
}

bool RecordChanges::wait() {
    if (stopped_within(static_cast<int>(soonest.count()))) {
        return false;
    }
    const auto end = Clock::now() + latest;
    while (!was_written_to()) {
        std::array<pollfd, 2> waiting{{{signals_.get(), POLLIN, 0}, {events_.get(), POLLIN, 0}}};
        const int ready = poll(waiting.data(), waiting.size(), left_until(end));
        if (ready > 0 && stopped_within(0)) {
            return false;
        }
        if (ready == 0) {
            return true;
        }
    }
    return true;
}

} // namespace fwlearn::cli
