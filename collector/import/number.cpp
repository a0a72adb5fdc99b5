#include "number.hpp"

#include <charconv>
#include <cmath>

namespace fwlearn::import {

model::Timestamp latest_time() {
    using namespace std::chrono;
    return sys_days{year{9999} / 12 / 31} + hours{24} - milliseconds{1};
}

std::optional<std::chrono::microseconds> parse_seconds(std::string_view text) {
    double seconds = 0;
    const auto* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, seconds);
    constexpr double most = 253402300800.0; // 10000-01-01T00:00:00Z
    // Written so that NaN, of which every comparison is false, is refused as well.
    if (error != std::errc{} || stopped != end || !(seconds >= 0 && seconds < most)) {
        return std::nullopt;
    }
    return std::chrono::microseconds{std::llround(seconds * 1e6)};
}

std::optional<model::Timestamp> parse_time(std::string_view text) {
    std::optional<model::Timestamp> time;
    if (const auto seconds = parse_seconds(text)) {
        time = model::Timestamp{std::chrono::floor<std::chrono::milliseconds>(*seconds)};
    } else {
        time = model::parse_rfc3339(text);
    }
    if (!time || *time < model::Timestamp{} || *time > latest_time()) {
        return std::nullopt;
    }
    return time;
}

} // namespace fwlearn::import
