#include "collector/denied_flows.hpp"

#include <tsl/robin_map.h>

#include <algorithm>
#include <deque>

namespace fwlearn::collector {
namespace {

using std::chrono::steady_clock;

/// Without a word for so long nothing repeats it: the longest pause between two SYNs of one connection is 64
/// s, and between a resolver's questions less (tcp(7), resolv.conf(5)).
constexpr auto repeated_within = std::chrono::seconds(130);

/// Who was denied: with a tuple that has no ports there may be several.
struct Denied {
    Sender sender;
    model::Timestamp began{};
};

struct Entry {
    std::vector<Denied> by;
    steady_clock::time_point last{};
};

struct Deadline {
    steady_clock::time_point at;
    Tuple tuple;
};

} // namespace

struct DeniedFlows::State {
    tsl::robin_map<Tuple, Entry> entries;
    std::deque<Deadline> oldest; ///< each tuple once
    std::size_t capacity = 0;

    Entry& entry_of(const Tuple& tuple, const Now& now) {
        if (const auto found = entries.find(tuple); found != entries.end()) {
            return found.value();
        }
        if (entries.size() >= capacity && !oldest.empty()) {
            entries.erase(oldest.front().tuple);
            oldest.pop_front();
        }
        oldest.push_back({now.steady + repeated_within, tuple});
        return entries[tuple];
    }
};

DeniedFlows::DeniedFlows(std::size_t capacity) : state_(std::make_unique<State>()) {
    state_->capacity = std::max<std::size_t>(capacity, 1);
}

DeniedFlows::~DeniedFlows() = default;

model::FlowDelta DeniedFlows::denied(const Tuple& tuple, const Sender& sender, const Now& now) {
    auto& entry = state_->entry_of(tuple, now);
    entry.last = now.steady;
    auto found = std::find_if(entry.by.begin(), entry.by.end(), [&sender](const Denied& before) {
        return before.sender.owner == sender.owner && before.sender.process == sender.process;
    });
    const bool first = found == entry.by.end();
    if (first) {
        found = entry.by.insert(found, Denied{sender, now.wall});
    }
    model::FlowDelta delta{flow_key(found->sender, tuple), model::hour_of(found->began), {}};
    delta.counts.count = first ? 1 : 0;
    delta.counts.unanswered = delta.counts.count;
    delta.counts.packets_out = 1;
    delta.counts.first_seen = found->began;
    delta.counts.last_seen = std::max(found->began, now.wall);
    return delta;
}

std::optional<steady_clock::time_point> DeniedFlows::last(const Tuple& tuple) const {
    const auto found = state_->entries.find(tuple);
    return found == state_->entries.end() ? std::nullopt : std::optional(found->second.last);
}

void DeniedFlows::sweep(const Now& now) {
    auto& oldest = state_->oldest;
    while (!oldest.empty() && oldest.front().at <= now.steady) {
        const Tuple tuple = oldest.front().tuple;
        oldest.pop_front();
        const auto repeated_until = state_->entries.at(tuple).last + repeated_within;
        if (repeated_until > now.steady) {
            // In order of deadlines up to `repeated_within`, which is all that forgetting needs.
            oldest.push_back({repeated_until, tuple});
        } else {
            state_->entries.erase(tuple);
        }
    }
}

std::size_t DeniedFlows::remembered() const {
    return state_->entries.size();
}

} // namespace fwlearn::collector
