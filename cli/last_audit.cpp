#include "last_audit.hpp"

#include <model/errors.hpp>

#include <cerrno>
#include <charconv>
#include <fstream>

namespace fwlearn::cli {
namespace {

bool is_fingerprint(const std::string& line) {
    constexpr std::size_t digits = 32;
    return line.size() == digits && line.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// "2026-11-28T05:00:00Z", and but for an older version's the two clocks: " 2026-11-28T05:00:01Z 123456".
bool read_head(const std::string& line, FlowPosition& last) {
    const auto space = line.find(' ');
    const auto until = model::parse_rfc3339(line.substr(0, space));
    if (!until) {
        return false;
    }
    last.until = *until;
    if (space == std::string::npos) {
        return true;
    }
    const auto second = line.find(' ', space + 1);
    const auto wall = model::parse_rfc3339(line.substr(space + 1, second - space - 1));
    const auto number = second == std::string::npos ? std::string() : line.substr(second + 1);
    std::int64_t milliseconds = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), milliseconds);
    if (!wall || error != std::errc() || end != number.data() + number.size() || milliseconds < 0) {
        return false;
    }
    last.at = Clocks{*wall, std::chrono::milliseconds(milliseconds)};
    return true;
}

} // namespace

std::optional<FlowPosition> read_last_audit(const std::filesystem::path& path) {
    const auto shown = model::for_terminal(model::ForeignText(path.string()));
    errno = 0;
    std::ifstream file(path);
    if (!file.is_open()) {
        if (errno == ENOENT) {
            return std::nullopt;
        }
        throw model::SystemError("cannot read " + shown + " (--since asks for a time, without it)", errno);
    }
    std::string line;
    std::getline(file, line);
    FlowPosition last;
    bool sound = read_head(line, last);
    while (sound && std::getline(file, line)) {
        sound = is_fingerprint(line);
        last.told.emplace(line, last.until); // no earlier than it was
    }
    if (!sound) {
        throw model::UsageError(shown + " does not say when the last audit was: remove it to audit all that "
                                        "is recorded, or give --since");
    }
    return last;
}

std::string to_text(const FlowPosition& last) {
    auto text = model::to_rfc3339(last.until);
    if (last.at) {
        text += " " + model::to_rfc3339(last.at->wall) + " " + std::to_string(last.at->since_boot.count());
    }
    text += "\n";
    for (const auto& [fingerprint, seen] : last.told) {
        text += fingerprint + "\n";
    }
    return text;
}

} // namespace fwlearn::cli
