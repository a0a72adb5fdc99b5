#include "observing.hpp"

#include "failure.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <csignal>
#include <cstring>
#include <string_view>

namespace fwlearn::kernel_test {
namespace {

Fd notification_socket(const std::string& path) {
    Fd socket(must(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    if (path.size() >= sizeof(at.sun_path)) {
        throw std::runtime_error("too long a path for a socket: " + path);
    }
    std::memcpy(at.sun_path, path.data(), path.size());
    must(bind(socket.get(), reinterpret_cast<const sockaddr*>(&at), sizeof(at)), "bind"); // NOLINT
    return socket;
}

void wait_until_ready(const Fd& socket, const Process& process) {
    while (true) {
        std::array<pollfd, 2> either{pollfd{socket.get(), POLLIN, 0}, pollfd{process.ended_fd(), POLLIN, 0}};
        constexpr int patience = 30000;
        if (must(poll(either.data(), either.size(), patience), "poll") == 0) {
            throw std::runtime_error("fwlearn observe does not get ready: " + process.err());
        }
        if ((either[0].revents & POLLIN) == 0) {
            throw std::runtime_error("fwlearn observe has ended: " + process.err());
        }
        std::array<char, 512> message{};
        const auto size =
            must(static_cast<int>(recv(socket.get(), message.data(), message.size(), 0)), "recv");
        if (std::string_view(message.data(), static_cast<std::size_t>(size)).find("READY=1") !=
            std::string_view::npos) {
            return;
        }
    }
}

} // namespace

Observing::Observing(const Lab& lab, const std::filesystem::path& program,
                     const std::filesystem::path& database, const std::vector<std::string>& through,
                     const std::vector<std::string>& more) {
    const auto path = (directory_.path() / "notify").string();
    const auto socket = notification_socket(path);
    auto command = through;
    command.insert(command.end(), {program.string(), "--db", database.string(), "observe", "--group", group});
    command.insert(command.end(), more.begin(), more.end());
    process_ = std::make_unique<Process>(
        command, Setting{.netns = lab.server().name(), .environment = {{"NOTIFY_SOCKET", path}}});
    wait_until_ready(socket, *process_);
}

int Observing::stop() {
    process_->signal(SIGTERM);
    return process_->wait(std::chrono::seconds(60));
}

void Observing::kill() {
    process_->signal(SIGKILL);
    process_->wait();
}

bool has_observation_table(const Namespace& where) {
    return must_run({"nft", "list", "tables"}, {.netns = where.name()}).find("fwlearn") != std::string::npos;
}

} // namespace fwlearn::kernel_test
