#include "context.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>

namespace fwlearn::cli {

bool writes_to_terminal() {
    return isatty(STDOUT_FILENO) == 1;
}

unsigned terminal_width() {
    constexpr unsigned usual = 80;
    constexpr unsigned unbounded = 1U << 20U;
    if (const char* const columns = std::getenv("COLUMNS")) {
        unsigned width = 0;
        const auto [stopped, error] = std::from_chars(columns, columns + std::strlen(columns), width);
        if (error == std::errc{} && *stopped == '\0' && width > 0) {
            return width;
        }
    }
    if (!writes_to_terminal()) {
        return unbounded; // who searches in it must find whole words
    }
    winsize size{};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual;
}

bool wants_color(const Context& context) {
    if (context.color != Color::automatic) {
        return context.color == Color::always;
    }
    const char* const no_color = std::getenv("NO_COLOR");
    return writes_to_terminal() && (no_color == nullptr || *no_color == '\0');
}

} // namespace fwlearn::cli
