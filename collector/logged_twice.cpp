#include "collector/logged_twice.hpp"

#include <tsl/robin_map.h>

#include <array>
#include <utility>

namespace fwlearn::collector {
namespace {

using std::chrono::steady_clock;

/// The second message is in the same group's queue as the first, so it is read with it or soon after, also
/// when the database keeps the collector waiting in between.
constexpr auto generation = std::chrono::seconds(5);
/// So many of which no second came are remembered at a time.
constexpr std::size_t most = 1U << 14U;

} // namespace

struct LoggedTwice::State {
    /// How many second messages are to come: of now, and of the generation before.
    std::array<tsl::robin_map<Tuple, unsigned>, 2> expected;
    steady_clock::time_point begun{};
};

LoggedTwice::LoggedTwice() : state_(std::make_unique<State>()) {}

LoggedTwice::~LoggedTwice() = default;

void LoggedTwice::first(const Tuple& tuple, steady_clock::time_point now) {
    auto& [young, old] = state_->expected;
    if (now - state_->begun >= generation || young.size() >= most) {
        old = std::exchange(young, {});
        state_->begun = now;
    }
    ++young[tuple];
}

bool LoggedTwice::is_second(const Tuple& tuple) {
    for (auto& expected : state_->expected) {
        if (expected.empty()) { // as long as no whitelist is being tried out
            continue;
        }
        const auto found = expected.find(tuple);
        if (found == expected.end()) {
            continue;
        }
        if (--found.value() == 0) {
            expected.erase(found);
        }
        return true;
    }
    return false;
}

} // namespace fwlearn::collector
