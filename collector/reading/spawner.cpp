#include "spawner.hpp"

#include "confine.hpp"

#include <model/errors.hpp>

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>

namespace fwlearn::collector::reading {
namespace {

union Control { // cmsg(3): aligned as its head has to be
    cmsghdr head;
    std::array<char, CMSG_SPACE(sizeof(int))> bytes;
};

msghdr message_with(iovec& io, Control& control) {
    msghdr message{};
    message.msg_iov = &io;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes.data();
    message.msg_controllen = control.bytes.size();
    return message;
}

void send_child(int to, const Spawner::Child& child) {
    pid_t pid = child.pid;
    iovec io{&pid, sizeof pid};
    Control control{};
    auto message = message_with(io, control);
    if (child.socket >= 0) {
        cmsghdr* const head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof child.socket);
        std::memcpy(CMSG_DATA(head), &child.socket, sizeof child.socket);
    } else {
        message.msg_control = nullptr;
        message.msg_controllen = 0;
    }
    sendmsg(to, &message, MSG_NOSIGNAL);
}

/// Nothing where there is nobody any more.
std::optional<Spawner::Child> receive_child(int from) {
    Spawner::Child child;
    iovec io{&child.pid, sizeof child.pid};
    Control control{};
    auto message = message_with(io, control);
    ssize_t got = 0;
    do {
        got = recvmsg(from, &message, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got <= 0) {
        return std::nullopt;
    }
    const cmsghdr* const head = CMSG_FIRSTHDR(&message);
    if (got != sizeof child.pid || head == nullptr || head->cmsg_type != SCM_RIGHTS) {
        return Spawner::Child{};
    }
    std::memcpy(&child.socket, CMSG_DATA(head), sizeof child.socket);
    return child;
}

void end(pid_t child) {
    if (child > 0) {
        kill(child, SIGKILL); // it has nothing to put away, and may be past listening
        while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
}

Spawner::Child start_one(int own, const Spawner::Work& work) {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return {};
    }
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child == 0) {
        close(own);
        close(ends[0]);
        try {
            work(ends[1], parent);
        } catch (...) { // out of memory
            _exit(EXIT_FAILURE);
        }
        _exit(EXIT_SUCCESS);
    }
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return {};
    }
    return {ends[0], child};
}

/// All of the spawner's life: until its maker is gone.
[[noreturn]] void serve(int socket, pid_t maker, const Spawner::Work& work) {
    // Whoever stops the service signals all of its processes; this one ends with its maker.
    sigset_t all{};
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, nullptr);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!keep_only_for_confining()) {
        _exit(EXIT_FAILURE);
    }
    pid_t child = -1;
    char asked = 0;
    while (getppid() == maker) {
        const ssize_t got = recv(socket, &asked, sizeof asked, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        end(child);
        const auto started = start_one(socket, work);
        child = started.pid;
        send_child(socket, started);
        if (started.socket >= 0) {
            close(started.socket);
        }
    }
    end(child);
    _exit(EXIT_SUCCESS);
}

} // namespace

Spawner::Spawner(const Work& work) {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        throw model::SystemError("cannot make a socket for the process that reads packets", errno);
    }
    const pid_t maker = getpid();
    pid_ = fork();
    if (pid_ == 0) {
        close(ends[0]);
        serve(ends[1], maker, work);
    }
    const int error = errno;
    close(ends[1]);
    if (pid_ < 0) {
        close(ends[0]);
        throw model::SystemError("cannot start the process that reads packets", error);
    }
    socket_ = ends[0];
}

Spawner::~Spawner() {
    close(socket_);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

Spawner::Child Spawner::start() const {
    constexpr char please = 1;
    const bool asked = send(socket_, &please, sizeof please, MSG_NOSIGNAL) == sizeof please;
    const auto child = asked ? receive_child(socket_) : std::nullopt;
    if (!child) {
        throw model::SystemError(
            "the process that starts the readers of packets is gone, so that no packet can be "
            "read any more");
    }
    return *child;
}

} // namespace fwlearn::collector::reading
