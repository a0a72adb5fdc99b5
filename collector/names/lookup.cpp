#include "collector/names/lookup.hpp"

#include "host_resolver.hpp"

#include <model/errors.hpp>

#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <span>

namespace fwlearn::collector::names {
namespace {

using namespace std::chrono_literals;

/// For each step of ask_host(): a second more than libc waits for silent servers over UDP.
constexpr auto patience = 6s;

/// Of one IP version, far beyond what anybody has a use for, so that what is known fits into one datagram.
constexpr std::size_t most_addresses = 2048;

struct FamilyHead {
    LookUpOutcome outcome = LookUpOutcome::failed;
    std::uint16_t addresses = 0;
};

/// What is in front of the addresses in a message, those of IPv4 before those of IPv6.
struct Head {
    FamilyHead four, six;
    bool has_ttl = false;
    std::uint32_t ttl = 0;
};

using Message = std::vector<std::uint8_t>;

FamilyHead head_of(const LookedFamily& family) {
    return {family.outcome, static_cast<std::uint16_t>(std::min(family.addresses.size(), most_addresses))};
}

Message message_of(const Looked& looked) {
    const Head head{head_of(looked.four), head_of(looked.six), looked.ttl.has_value(),
                    looked.ttl.value_or(0)};
    Message message(sizeof head);
    std::memcpy(message.data(), &head, sizeof head);
    const auto append = [&message](const LookedFamily& family, std::size_t count) {
        for (const auto& address : std::span(family.addresses).first(count)) {
            const auto octets = address.octets();
            message.insert(message.end(), octets.begin(), octets.end());
        }
    };
    append(looked.four, head.four.addresses);
    append(looked.six, head.six.addresses);
    return message;
}

/// Takes what `head` says off the front of `octets`; nothing where they are fewer.
std::optional<LookedFamily> family_in(std::span<const std::uint8_t>& octets, const FamilyHead& head,
                                      std::size_t size) {
    LookedFamily family{head.outcome, {}};
    for (std::size_t index = 0; index < head.addresses; ++index) {
        if (octets.size() < size) {
            return std::nullopt;
        }
        if (const auto address = model::Address::from_octets(octets.first(size))) {
            family.addresses.push_back(*address);
        }
        octets = octets.subspan(size);
    }
    return family;
}

std::optional<Looked> looked_in(std::span<const std::uint8_t> message) {
    Head head;
    if (message.size() < sizeof head) {
        return std::nullopt;
    }
    std::memcpy(&head, message.data(), sizeof head);
    message = message.subspan(sizeof head);
    auto four = family_in(message, head.four, sizeof(in_addr));
    auto six = family_in(message, head.six, sizeof(in6_addr));
    if (!four || !six) {
        return std::nullopt;
    }
    return Looked{std::move(*four), std::move(*six), head.has_ttl ? std::optional(head.ttl) : std::nullopt};
}

/// A process that asks, and tells what it knows so far, a datagram for each step. It is ended
/// with this object, and with whoever made it.
class Asker {
  public:
    /// All that it does; it is given what it tells by.
    using Work = std::function<void(const SoFar&)>;
    explicit Asker(const Work& work) {
        constexpr const char* purpose = "cannot start a process that asks the name servers";
        std::array<int, 2> ends{};
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
            throw model::SystemError(purpose, errno);
        }
        const pid_t parent = getpid();
        pid_ = fork();
        if (pid_ == 0) {
            close(ends[0]);
            run(work, ends[1], parent);
        }
        const int error = errno;
        close(ends[1]);
        socket_ = ends[0];
        if (pid_ < 0) {
            close(socket_);
            throw model::SystemError(purpose, error);
        }
    }
    ~Asker() {
        close(socket_);
        kill(pid_, SIGKILL); // it has nothing to put away
        while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
    Asker(const Asker&) = delete;
    Asker& operator=(const Asker&) = delete;

    enum class Next : std::uint8_t { told, ended, late };
    /// Waits for its next step.
    Next next(Looked& looked) {
        const auto deadline = std::chrono::steady_clock::now() + patience;
        for (;;) {
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
            pollfd waiting{socket_, POLLIN, 0};
            const int ready = poll(&waiting, 1, static_cast<int>(std::max(left, 0ms).count()));
            if (ready < 0 && errno == EINTR) {
                continue;
            }
            if (ready <= 0) {
                return Next::late;
            }
            const auto got = recv(socket_, message_.data(), message_.size(), 0);
            const auto told =
                got <= 0 ? std::nullopt : looked_in(std::span(message_).first(static_cast<std::size_t>(got)));
            looked = told.value_or(looked);
            return told ? Next::told : Next::ended;
        }
    }

  private:
    /// All of its life.
    [[noreturn]] static void run(const Work& work, int socket, pid_t parent) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) {
            _exit(EXIT_FAILURE);
        }
        try {
            work([socket](const Looked& looked) {
                const auto message = message_of(looked);
                if (send(socket, message.data(), message.size(), MSG_NOSIGNAL) < 0) {
                    _exit(EXIT_FAILURE);
                }
            });
        } catch (...) { // out of memory
            _exit(EXIT_FAILURE);
        }
        _exit(EXIT_SUCCESS);
    }

    pid_t pid_ = -1;
    int socket_ = -1;
    Message message_ = Message(sizeof(Head) + most_addresses * (sizeof(in_addr) + sizeof(in6_addr)));
};

} // namespace

Looked look_up(const std::string& host_name) {
    Asker asker([&host_name](const SoFar& tell) { ask_host(host_name, tell); });
    Looked looked;
    bool told = false;
    for (;;) {
        switch (asker.next(looked)) {
        case Asker::Next::told:
            told = true;
            break;
        case Asker::Next::late:
            if (!told) {
                looked.four.outcome = looked.six.outcome = LookUpOutcome::silent;
            }
            return looked;
        case Asker::Next::ended:
            return looked;
        }
    }
}

bool rehearse_look_up() {
    Asker asker(ask_servers);
    Looked over_udp;
    asker.next(over_udp);
    Looked over_tcp;
    asker.next(over_tcp);
    const auto outcome = over_udp.four.outcome;
    return outcome != LookUpOutcome::failed && outcome != LookUpOutcome::silent;
}

} // namespace fwlearn::collector::names
