#include "conntrack_reading.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace fwlearn::collector {
namespace {

using namespace std::chrono_literals;

/// The table is read as much less often as a two-hundredth of the time allows.
constexpr auto longest_dump_period = 5min;
constexpr int dump_share = 200;
/// How many ends may be held back while the table is read: as many as there are flows by default.
constexpr std::size_t most_held_ends = 1U << 18U;

} // namespace

bool ConntrackReading::begins_here(const Tuple& tuple) const {
    return local_.contains(tuple.source) && !local_.contains(tuple.destination.address);
}

void ConntrackReading::take(std::span<const ConntrackEntry> ended, const Now& now) {
    std::array<const Tuple*, FlowTracker::together> tuples{};
    for (std::size_t index = 0; index < ended.size(); ++index) {
        tuples.at(index) = &ended[index].tuple;
    }
    tracker_.expect(std::span(tuples).first(ended.size()));
    for (const auto& entry : ended) {
        if (settling_.has_any()) {
            settling_.settle(entry.tuple, now); // what was logged of it comes before its end
        }
        tracker_.closed(
            entry, [&] { return begins_here(entry.tuple); }, now);
    }
}

template <typename Take>
bool ConntrackReading::read_some(const Now& now, const Take& take) {
    const auto result = events_.read(take);
    losses_.events_read(result);
    if (result.overrun) {
        tracker_.lost_events(now);
    }
    load_.came(result.messages, now.steady);
    return result.more;
}

bool ConntrackReading::read_some(const Now& now) {
    return read_some(now, [&](std::span<const ConntrackEntry> ended) { take(ended, now); });
}

void ConntrackReading::hold(std::vector<ConntrackEntry>& ended, const Now& now) {
    const auto keep = [&ended](std::span<const ConntrackEntry> some) {
        ended.insert(ended.end(), some.begin(), some.end());
    };
    while (ended.size() < most_held_ends && read_some(now, keep)) {
    }
}

void ConntrackReading::look_whether_ends_are_told(const Now& now) {
    // What began before they were turned on again has no end either.
    const bool off = conntrack_events_are_off();
    if (std::exchange(events_are_off_, off) || off) {
        tracker_.lost_events(now);
    }
    if (off) {
        losses_.events_are_off();
    }
}

Now ConntrackReading::dump(std::chrono::steady_clock::duration longest, const OfBefore& of_before) {
    const auto asked = Now::read();
    local_.refresh();
    look_whether_ends_are_told(asked);
    tracker_.begin_dump(asked);
    // What had expired is not listed, but collected meanwhile (ctnetlink_dump_table() in
    // net/netfilter/nf_conntrack_netlink.c), and its end, with whether it was answered, is told: of a large
    // table more than the socket holds. The tracker hears of it afterwards, since what is listed is older.
    std::vector<ConntrackEntry> ended;
    std::size_t listed = 0;
    dump_conntrack([&](const ConntrackEntry& entry) {
        tracker_.dumped(
            entry, [&] { return begins_here(entry.tuple) && (!of_before || of_before(entry, asked)); },
            asked);
        constexpr std::size_t between = 1024;
        if (++listed % between == 0) {
            hold(ended, asked);
        }
    });
    for (std::size_t begin = 0; begin < ended.size(); begin += FlowTracker::together) {
        take(std::span(ended).subspan(begin, std::min(FlowTracker::together, ended.size() - begin)), asked);
    }
    const auto read = Now::read();
    pause_ = std::clamp<std::chrono::steady_clock::duration>(dump_share * (read.steady - asked.steady),
                                                             dump_period, longest_dump_period);
    auto now = read;
    while (now.steady - read.steady < longest && read_some(now)) {
        now = Now::read();
    }
    tracker_.end_dump();
    losses_.dumped(now);
    return now;
}

bool ConntrackReading::dump_is_due(const Now& now) const {
    return losses_.dump_is_due(now) || now.steady - losses_.last_dump() >= pause_;
}

} // namespace fwlearn::collector
