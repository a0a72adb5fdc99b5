#include "systemd_version.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

namespace fwlearn::cli {
namespace {

std::optional<unsigned> number_at_the_head(std::string_view text) {
    unsigned number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    return parsed.ec == std::errc{} && number > 0 ? std::optional(number) : std::nullopt;
}

std::optional<unsigned> said_by_manager() {
    sd_bus* opened = nullptr;
    const int status = sd_bus_open_system(&opened);
    const std::unique_ptr<sd_bus, decltype(&sd_bus_unref)> bus(opened, sd_bus_unref);
    char* said = nullptr;
    if (status < 0 ||
        sd_bus_get_property_string(bus.get(), "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                                   "org.freedesktop.systemd1.Manager", "Version", nullptr, &said) < 0) {
        return std::nullopt;
    }
    const std::unique_ptr<char, decltype(&std::free)> text(said, std::free);
    return number_at_the_head(text.get());
}

/// "systemd 252 (252.39-1~deb12u2)" in its first line.
std::optional<unsigned> said_by_systemctl() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
        return std::nullopt;
    }
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    std::string program = "systemctl";
    std::string option = "--version";
    const std::array<char*, 3> arguments{program.data(), option.data(), nullptr};
    pid_t child = 0;
    const int error = posix_spawnp(&child, program.c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    std::string text;
    std::array<char, 512> piece{};
    for (ssize_t got = 0; error == 0 && (got = read(ends[0], piece.data(), piece.size())) > 0;) {
        text.append(piece.data(), static_cast<std::size_t>(got));
    }
    close(ends[0]);
    if (error == 0) {
        waitpid(child, nullptr, 0);
    }
    constexpr std::string_view head = "systemd ";
    return text.starts_with(head) ? number_at_the_head(std::string_view(text).substr(head.size()))
                                  : std::nullopt;
}

} // namespace

std::optional<unsigned> systemd_version() {
    const auto said = said_by_manager();
    return said ? said : said_by_systemctl();
}

} // namespace fwlearn::cli
