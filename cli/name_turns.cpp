#include "name_turns.hpp"

#include <algorithm>

namespace fwlearn::cli {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

/// Between two questions for one name, whatever its TTL says.
constexpr auto soonest = milliseconds(1s);
constexpr auto latest = milliseconds(1h);
/// For a name that never answers: each question for it may take seconds that are the others'.
constexpr auto latest_failing = milliseconds(10min);
/// Answers in a row with nothing but other addresses, which may have filled the set by now (most_in_a_set).
constexpr unsigned enough_strangers = 4;

} // namespace

milliseconds NameTurns::after(const NameAnswer& answer) {
    if (!answer.answered) {
        constexpr unsigned enough_doublings = 8;
        const auto wait = again_after * (1U << std::min(failures_, enough_doublings));
        ++failures_;
        return std::min(milliseconds(wait), latest_failing);
    }
    failures_ = 0;
    strangers_ = answer.only_strangers ? strangers_ + 1 : 0;
    if (!answer.ttl) {
        return again_after; // hosts(5) or the like, which has no TTL
    }
    const auto wait = std::clamp(milliseconds(std::chrono::seconds(*answer.ttl)), soonest, latest);
    // A CDN moves on from time to time, and then stays for a while. Who has others whenever he is asked only
    // fills the set.
    return strangers_ >= enough_strangers ? std::max(wait, again_after) : wait;
}

} // namespace fwlearn::cli
