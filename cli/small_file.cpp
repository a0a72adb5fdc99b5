#include "small_file.hpp"

#include <model/errors.hpp>
#include <model/foreign_text.hpp>

#include <unistd.h>

#include <array>
#include <cerrno>

namespace fwlearn::cli {

std::string shown(const std::filesystem::path& path) {
    return model::for_terminal(model::ForeignText(path.string()));
}

std::string read_small_file(int descriptor, const std::filesystem::path& path, const std::string& purpose,
                            const std::string& kind) {
    std::string text;
    std::array<char, 16384> piece{};
    while (true) {
        const auto got = ::read(descriptor, piece.data(), piece.size());
        if (got < 0) {
            throw model::SystemError(purpose + " " + shown(path), errno);
        }
        if (got == 0) {
            return text;
        }
        text.append(piece.data(), static_cast<std::size_t>(got));
        if (text.size() > largest_small_file) {
            throw model::UsageError(shown(path) + " is larger than 1 MiB: no " + kind);
        }
    }
}

} // namespace fwlearn::cli
