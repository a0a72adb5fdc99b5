#include "collector/flow_tracker.hpp"

#include "followed_flows.hpp"

#include <algorithm>
#include <utility>

namespace fwlearn::collector {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

/// For longer no log message is on its way when its socket has been read empty.
constexpr auto log_delay = 500ms;
/// What had expired before the collector began is not listed in the first dump, but ends during that or the
/// next one, which collect it (ctnetlink_dump_table()): an end of which nothing is known may be its until
/// then.
constexpr std::uint32_t dumps_with_old = 2;

} // namespace

model::FlowKey flow_key(const Sender& sender, const Tuple& tuple) {
    model::FlowKey key;
    key.owner = sender.owner;
    key.process = sender.process;
    key.creator = sender.creator;
    key.task = sender.task;
    key.attribution = sender.attribution;
    key.interface = sender.interface;
    key.name = sender.name;
    key.name_source = sender.name_source;
    key.verdict = sender.verdict;
    key.destination = tuple.destination;
    return key;
}

FlowTracker::FlowTracker(std::size_t capacity) : flows_(std::make_unique<FollowedFlows>(capacity)) {}

FlowTracker::~FlowTracker() = default;

void FlowTracker::expect(std::span<const Tuple* const> tuples) const {
    flows_->living.fetch(tuples);
}

void FlowTracker::logged(const Tuple& tuple, const Sender& sender, const Now& now) {
    flows_->now = now;
    if (sender.verdict == model::FlowVerdict::denied) {
        flows_->found.push_back(flows_->denied.denied(tuple, sender, now));
        return;
    }
    LivingFlow* entry = flows_->living.find(tuple);
    if (entry == nullptr) {
        entry = flows_->make(tuple, share_of(sender.owner));
        if (entry == nullptr) {
            flows_->count_at_once(tuple, sender);
            return;
        }
        flows_->identify(*entry, sender);
        return;
    }
    if (entry->ignored || FollowedFlows::is_new_beside(*entry)) {
        flows_->begin_beside(*entry);
    }
    if (!entry->counted) {
        flows_->identify(*entry, sender);
        return;
    }
    if (flows_->take_further_end(*entry, sender)) {
        return;
    }
    const bool another_user = entry->is_of_other_than(sender);
    if (entry->dead && (another_user || now.steady - entry->died > FollowedFlows::stale_after)) {
        // One flow more, or two, of which the first was logged when this one had ended: then two will end.
        const bool perhaps_two = FollowedFlows::may_live_again(*entry) && !another_user;
        flows_->begin(*entry);
        flows_->identify(*entry, sender);
        if (!perhaps_two) {
            return;
        }
    }
    entry->last_logged = now.steady;
    if (another_user) {
        flows_->count_for_another(*entry, sender);
        return;
    }
    flows_->log_again(*entry, sender, false);
    if (!entry->dead) {
        flows_->hand_out(*entry); // a repetition: last seen now
    }
}

void FlowTracker::unreachable(const Tuple& tuple, const Now& now) {
    flows_->now = now;
    LivingFlow* entry = flows_->living.find(tuple);
    if (entry == nullptr || entry->ignored || entry->outcome_known) {
        return;
    }
    const auto denied = flows_->denied.last(tuple);
    if (denied && *denied >= entry->last_logged) {
        return; // it is what the whitelist's own reject says, of a later packet
    }
    entry->outcome_known = true;
    entry->news.refused = true;
    flows_->hand_out(*entry);
}

bool FlowTracker::closed_known(const ConntrackEntry& seen, const Now& now) {
    flows_->now = now;
    LivingFlow* entry = flows_->living.find(seen.tuple);
    if (entry == nullptr) {
        return flows_->passing.remove(seen.tuple); // the next one with this tuple is another flow
    }
    flows_->close(*entry, seen);
    return true;
}

void FlowTracker::closed_unknown(const ConntrackEntry& seen, bool from_here, const Now& now) {
    flows_->now = now;
    const bool is_flow = from_here && !flows_->closing && !seen.expected;
    LivingFlow* entry = is_flow ? flows_->create(seen.tuple) : nullptr;
    if (entry == nullptr) {
        flows_->overlooked += is_flow ? 1 : 0;
        return;
    }
    entry->old = flows_->dump <= dumps_with_old;
    flows_->close(*entry, seen);
}

void FlowTracker::lost_events(const Now& now) {
    flows_->lost_events = now.steady;
}

void FlowTracker::already_open(const Tuple& tuple, const Sender& sender, bool opening, const Now& now) {
    flows_->now = now;
    if (flows_->living.find(tuple) != nullptr) {
        return;
    }
    LivingFlow* entry = flows_->make(tuple, share_of(sender.owner));
    flows_->overlooked += entry == nullptr ? 1 : 0;
    if (entry != nullptr) {
        entry->old = true;
        entry->born = true;
        entry->opening = opening;
        entry->sender = sender;
        flows_->count(*entry, true);
    }
}

void FlowTracker::already_open_inbound(const Tuple& tuple) {
    if (LivingFlow* entry = flows_->living.find(tuple) == nullptr ? flows_->create(tuple) : nullptr) {
        entry->ignored = true;
    }
}

void FlowTracker::no_more_logs() {
    flows_->closing = true;
}

void FlowTracker::begin_dump(const Now& now) {
    flows_->now = now;
    ++flows_->dump;
    flows_->before_last_dump = std::exchange(flows_->last_dump, now.steady);
}

void FlowTracker::dumped_unknown(const ConntrackEntry& seen, const Now& now) {
    flows_->now = now;
    const bool is_flow = !flows_->closing && !seen.expected && !seen.picked_up;
    LivingFlow* const entry = is_flow ? flows_->create(seen.tuple) : nullptr;
    if (entry == nullptr) {
        return;
    }
    const bool first_dump = flows_->dump == 1;
    entry->born = true;
    entry->listed = true;
    entry->id = seen.id;
    entry->old = first_dump;
    entry->ignored = first_dump && seen.tcp_ending;
    if (!entry->ignored) {
        flows_->await_join(seen.tuple);
        flows_->go_on(*entry, seen);
    }
}

void FlowTracker::already_over(const ConntrackEntry& seen, const Now& now) {
    flows_->now = now;
    if (LivingFlow* const entry = flows_->create(seen.tuple)) {
        entry->born = entry->ignored = true;
        entry->id = seen.id;
    }
}

bool FlowTracker::dumped_known(const ConntrackEntry& seen, const Now& now) {
    flows_->now = now;
    LivingFlow* entry = flows_->living.find(seen.tuple);
    if (entry == nullptr) {
        return false;
    }
    if (entry->ignored) {
        entry->id = seen.id;
        entry->dump = flows_->dump;
        return true;
    }
    if (entry->id == 0 && entry->rare && entry->rare->id_before == seen.id && seen.tcp_ending) {
        return true; // of the one before, which is still listed
    }
    // A connection that is told to have ended may be listed for a moment (nf_ct_delete()), and what was
    // logged again be its own; what a timer ended was silent before.
    const bool is_gone = !entry->closed || now.steady - entry->died >= FollowedFlows::stale_after;
    const bool another = entry->is_before(seen) || (FollowedFlows::lives_again(*entry) && is_gone);
    if (another && flows_->closing && !entry->logged_again) {
        return true;
    }
    if (another && !entry->dead) {
        flows_->seconds.push_back(seen);
        return true;
    }
    if (another) {
        flows_->begin_again(*entry, seen.id);
    } else if (entry->dead) {
        return true;
    } else if (!entry->born) {
        flows_->forget_repetitions(*entry); // of its first packet
    }
    flows_->listed(*entry, seen);
    return true;
}

void FlowTracker::end_dump() {
    flows_->take_seconds();
    flows_->living.remove_if([this](LivingFlow& entry) {
        const bool goes = entry.dump != flows_->dump && flows_->is_over(entry);
        const bool told = !flows_->lost_events || entry.last_logged > *flows_->lost_events;
        if (goes && !entry.born && !entry.outcome_known && told) {
            entry.outcome_known = true;
            entry.news.unanswered = true;
            flows_->hand_out(entry);
        }
        if (goes) {
            flows_->release(entry);
        }
        return goes;
    });
}

std::vector<Tuple> FlowTracker::sweep_logged(const Now& now, const LogRead& log, bool all) {
    const auto until = [&](steady_clock::time_point read) {
        return all ? steady_clock::time_point::max()
                   : std::min(now.steady, read + FollowedFlows::join_wait - log_delay);
    };
    flows_->now = now;
    flows_->denied.sweep(now);
    std::vector<Tuple> unlogged;
    const auto known = flows_->may_be_lost(log) ? log.heard : std::min(log.heard, log.counted);
    flows_->for_each_due(flows_->joins, until(known), [&](const FollowedFlows::Join& join) {
        LivingFlow* entry = flows_->living.find(join.tuple);
        if (entry == nullptr || entry->ignored) {
            return;
        }
        if (!entry->counted) {
            unlogged.push_back(join.tuple);
        } else {
            flows_->forget_ended(*entry);
        }
    });
    flows_->for_each_due(flows_->ended, until(log.heard),
                         [this](const FollowedFlows::End& end) { flows_->forget_ended(*end.flow); });
    return unlogged;
}

void FlowTracker::finish_unlogged(const Tuple& tuple, bool destination_is_local, const LogRead& log) {
    LivingFlow* entry = flows_->living.find(tuple);
    if (entry == nullptr) {
        return;
    }
    const bool was_open = entry->old && entry->listed;
    const bool is_flow = !destination_is_local && (was_open || flows_->may_be_lost(log));
    if (is_flow) {
        flows_->count(*entry, entry->old);
    }
    if (entry->dead) {
        flows_->remove(*entry);
    } else {
        entry->ignored = !is_flow;
    }
}

const std::vector<model::FlowDelta>& FlowTracker::take() {
    flows_->taken.clear();
    std::swap(flows_->found, flows_->taken);
    return flows_->taken;
}

std::size_t FlowTracker::living() const {
    return flows_->living.size() + flows_->denied.remembered();
}

std::uint64_t FlowTracker::overlooked() const {
    return flows_->overlooked;
}

std::uint64_t FlowTracker::counted_at_once() const {
    return flows_->at_once;
}

} // namespace fwlearn::collector
