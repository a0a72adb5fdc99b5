#include "running_firewall.hpp"

#include <ground/failure.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <fstream>

namespace fwlearn::firewalls_test {

using kernel_test::must;

RunningFirewall::RunningFirewall(const kernel_test::Lab& lab, const std::string& name) {
    std::filesystem::copy(FWLEARN_FIREWALLS_DRIVER, work_.path() / "driver.py");
    const kernel_test::Fd listening(must(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), "socket"));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = (work_.path() / "socket").string();
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    must(bind(listening.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), // NOLINT
         "bind " + path);
    must(listen(listening.get(), 1), "listen");
    process_ = std::make_unique<kernel_test::Process>(
        std::vector<std::string>{FWLEARN_FIREWALLS_INSIDE, FWLEARN_FIREWALLS_IMAGE, work_.path().string(),
                                 "/usr/bin/python3", "/exchange/driver.py", name},
        kernel_test::Setting{.netns = lab.server().name()});
    wait_for(listening.get());
    driver_ = kernel_test::Fd(must(accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
}

/// Until there is something to read, or nobody left to write it.
void RunningFirewall::wait_for(int descriptor) {
    std::array<pollfd, 2> either{pollfd{descriptor, POLLIN, 0}, pollfd{process_->ended_fd(), POLLIN, 0}};
    must(poll(either.data(), either.size(), -1), "poll"); // ctest's limit is the only one
    if (either[0].revents == 0) {
        throw std::runtime_error("the firewall's driver does not answer: " + process_->err());
    }
}

std::string RunningFirewall::ask(const std::string& verb, std::span<const std::string> texts) {
    auto message = verb;
    for (std::size_t index = 0; index < texts.size(); ++index) {
        const auto name = "f" + std::to_string(index);
        std::ofstream(work_.path() / name) << texts[index];
        message += " /exchange/" + name;
    }
    must(static_cast<int>(send(driver_.get(), message.data(), message.size(), MSG_NOSIGNAL)), "send");
    wait_for(driver_.get());
    std::string answer(1U << 18U, '\0');
    const auto size = must(static_cast<int>(recv(driver_.get(), answer.data(), answer.size(), 0)), "recv");
    answer.resize(static_cast<std::size_t>(size));
    if (!answer.starts_with("0\n") && !answer.starts_with("1\n")) {
        throw std::runtime_error("the firewall's driver has ended: " + process_->err());
    }
    return answer == "1\n" ? "failed without a word" : answer.substr(2);
}

std::string RunningFirewall::check(std::span<const std::string> texts) {
    return ask("check", texts);
}

std::string RunningFirewall::load(const std::string& text) {
    return ask("load", std::span(&text, 1));
}

} // namespace fwlearn::firewalls_test
