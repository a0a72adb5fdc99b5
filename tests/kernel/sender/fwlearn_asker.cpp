// A process that asks for names and connects to what it is told, as most do: getaddrinfo(3), connect(2).
// Reads "NAME PORT" a line, prints "NAME PORT ADDRESS OUTCOME" a line, and ends with its input. What is
// behind PORT on the line, in hexadecimal, is sent when the connection stands.
#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace {

const char* outcome(int fd, const addrinfo& to) {
    if (connect(fd, to.ai_addr, to.ai_addrlen) == 0) {
        return "ok";
    }
    if (errno != EINPROGRESS) {
        return errno == ECONNREFUSED ? "refused" : "error";
    }
    pollfd waiting{fd, POLLOUT, 0};
    constexpr int patience = 5000;
    if (poll(&waiting, 1, patience) != 1) {
        return "timeout";
    }
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    return error == 0 ? "ok" : error == ECONNREFUSED ? "refused" : "error";
}

void send_hexadecimal(int fd, const std::string& text) {
    std::string bytes;
    for (std::size_t at = 0; at + 1 < text.size(); at += 2) {
        bytes += static_cast<char>(std::stoi(text.substr(at, 2), nullptr, 16));
    }
    // In two segments: what is looked for in it may be split.
    const auto half = bytes.size() / 2;
    send(fd, bytes.data(), half, MSG_NOSIGNAL);
    send(fd, bytes.data() + half, bytes.size() - half, MSG_NOSIGNAL);
    char echo = 0;
    pollfd waiting{fd, POLLIN, 0};
    if (poll(&waiting, 1, 2000) == 1) {
        recv(fd, &echo, 1, 0);
    }
}

} // namespace

int main() {
    std::size_t number = 0;
    for (std::string line; std::getline(std::cin, line); ++number) {
        std::istringstream words(line);
        std::string name;
        std::string port;
        std::string data;
        words >> name >> port >> data;
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        addrinfo* list = nullptr;
        if (getaddrinfo(name.c_str(), port.c_str(), &hints, &list) != 0) {
            std::cout << name << ' ' << port << " - unresolved" << std::endl;
            continue;
        }
        std::vector<const addrinfo*> all;
        for (const auto* info = list; info != nullptr; info = info->ai_next) {
            all.push_back(info);
        }
        const auto& to = *all[number % all.size()];
        char text[INET6_ADDRSTRLEN + 1] = {};
        getnameinfo(to.ai_addr, to.ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
        const int fd = socket(to.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        const std::string how = outcome(fd, to);
        if (how == "ok" && !data.empty()) {
            send_hexadecimal(fd, data);
        }
        std::cout << name << ' ' << port << ' ' << text << ' ' << how << std::endl;
        close(fd);
        freeaddrinfo(list);
    }
}
