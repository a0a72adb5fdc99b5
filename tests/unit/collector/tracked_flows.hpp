// What conntrack tells of the tests' flows, and what a tracker has found, added up.
// Included by the tests of the flow tracker.
#pragma once

#include "sent_flows.hpp"

#include <doctest/doctest.h>

#include <map>
#include <vector>

namespace fwlearn::collector::test {

inline ConntrackEntry entry(std::uint32_t id, bool seen_reply = false, bool tcp_closed = false) {
    ConntrackEntry result;
    result.tuple = tuple();
    result.id = id;
    result.seen_reply = seen_reply;
    result.tcp_closed = tcp_closed;
    return result;
}

/// conntrack's table, whole.
inline void dump(FlowTracker& tracker, const Now& now, const std::vector<ConntrackEntry>& table = {}) {
    tracker.begin_dump(now);
    for (const auto& one : table) {
        tracker.dumped(one, now);
    }
    tracker.end_dump();
}

/// All that was logged has been read, and some of it may be lost.
inline FlowTracker::LogRead losing(const Now& now) {
    return {now.steady, now.steady, now.steady};
}
/// All that was logged has been read.
inline FlowTracker::LogRead whole(const Now& now) {
    return {now.steady, now.steady, std::nullopt};
}

inline bool nowhere(const model::Address& /*address*/) {
    return false;
}

/// All that the tracker has found, added up, whoever sent it.
inline model::FlowCounts sum(FlowTracker& tracker) {
    model::FlowCounts counts;
    for (const auto& delta : tracker.take()) {
        counts += delta.counts;
    }
    return counts;
}

/// What the tracker has found, added up by key.
inline std::map<model::FlowKey, model::FlowCounts> sums(FlowTracker& tracker) {
    std::map<model::FlowKey, model::FlowCounts> result;
    for (const auto& delta : tracker.take()) {
        result[delta.key] += delta.counts;
    }
    return result;
}

} // namespace fwlearn::collector::test
