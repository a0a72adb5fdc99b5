#include "followed_flows.hpp"

#include <array>
#include <utility>

namespace fwlearn::collector {
namespace {

using namespace std::chrono_literals;

/// A flow that did not end by a timer is remembered for its last repetitions: until they would be stale, and
/// for as long as a log message may wait for its sender.
constexpr auto remembered_for = 2s;
/// A flow that conntrack never confirmed was stopped on this host. Its repetitions are over by then: TCP
/// retransmits a SYN for 127 s (net.ipv4.tcp_syn_retries = 6, tcp(7)), and the longest pause is 64 s.
constexpr auto unconfirmed_for = 130s;
/// Log messages and ends of later flows that are kept, of all together; beyond it the last are not counted.
constexpr std::size_t most_further = 1U << 16U;
/// Of what a whitelist denies: so many tuples are remembered for their repetitions.
constexpr std::size_t denied_capacity = 1U << 15U;

} // namespace

FollowedFlows::FollowedFlows(std::size_t most) : living(most), denied(std::min(most, denied_capacity)) {}

LivingFlow* FollowedFlows::make(const Tuple& tuple, std::uint64_t share) {
    LivingFlow* const entry = living.add(tuple, share);
    if (entry != nullptr) {
        date(*entry);
    }
    return entry;
}

LivingFlow* FollowedFlows::create(const Tuple& tuple) {
    if (passing.contains(tuple)) {
        return nullptr;
    }
    return make(tuple, nobody);
}

void FollowedFlows::count_at_once(const Tuple& tuple, const Sender& sender) {
    if (passing.add(tuple)) {
        ++at_once;
        count_one(tuple, sender);
    }
}

void FollowedFlows::count_one(const Tuple& tuple, const Sender& sender) {
    model::FlowDelta delta{flow_key(sender, tuple), model::hour_of(now.wall), {}};
    delta.counts.count = 1;
    delta.counts.first_seen = delta.counts.last_seen = now.wall;
    found.push_back(delta);
}

void FollowedFlows::begin(LivingFlow& entry) {
    release(entry);
    entry.begin_anew();
    date(entry);
}

void FollowedFlows::date(LivingFlow& entry) const {
    entry.began = now.wall;
    entry.dump = dump;
    entry.old = dump == 0; // unless a log message comes
}

bool FollowedFlows::may_be_lost(const FlowTracker::LogRead& log) const {
    return log.lost && *log.lost >= before_last_dump;
}

void FollowedFlows::await_join(const Tuple& tuple) {
    joins.push_back({now.steady + join_wait, tuple});
}

void FollowedFlows::hand_out(LivingFlow& entry, const Traffic& more) {
    if (!entry.counted) {
        return;
    }
    const NewsOfFlow news = std::exchange(entry.news, {});
    Traffic traffic = more;
    if (entry.rare) {
        traffic += std::exchange(entry.rare->pending, {});
    }
    model::FlowDelta delta{flow_key(entry.sender, entry.tuple), model::hour_of(entry.began), {}};
    delta.counts.count = news.counted ? 1 : 0;
    delta.counts.answered = news.answered ? 1 : 0;
    delta.counts.refused = news.refused ? 1 : 0;
    delta.counts.unanswered = news.unanswered ? 1 : 0;
    delta.counts.already_open = news.already_open ? 1 : 0;
    delta.counts.packets_out = traffic.packets_out;
    delta.counts.bytes_out = traffic.bytes_out;
    delta.counts.packets_in = traffic.packets_in;
    delta.counts.bytes_in = traffic.bytes_in;
    delta.counts.first_seen = entry.began;
    delta.counts.last_seen = std::max(entry.began, now.wall);
    found.push_back(delta);
}

void FollowedFlows::count(LivingFlow& entry, bool already_open) {
    entry.counted = true;
    entry.news.counted = true;
    entry.news.already_open = already_open;
    hand_out(entry);
}

void FollowedFlows::identify(LivingFlow& entry, const Sender& sender) {
    // It was let in on another share where conntrack was heard first. Whoever has none left keeps that:
    // the flow is here, and each takes one place in all.
    living.give_to(share_of(sender.owner), entry);
    entry.sender = sender;
    entry.last_logged = now.steady;
    count(entry, false);
}

void FollowedFlows::count_for_another(LivingFlow& entry, const Sender& sender) {
    entry.what_is_rare().other_users.push_back(sender.owner.uid);
    log_again(entry, sender, true);
    count_one(entry.tuple, sender);
}

void FollowedFlows::log_again(LivingFlow& entry, const Sender& sender, bool counted) {
    constexpr std::size_t most = 16;
    auto& rare = entry.what_is_rare();
    if (!entry.logged_again) {
        entry.logged_again = true;
        entry.again_counted = counted;
        rare.again = sender;
    } else if (entry.tuple.destination.service.protocol == model::protocol::tcp &&
               rare.and_then.size() < most && further < most_further) {
        rare.and_then.push_back({sender, counted});
        ++further;
    } else if (counted || !entry.again_counted) {
        entry.again_counted = counted;
        rare.again = sender;
    }
}

bool FollowedFlows::another_may_live(const LivingFlow& entry) {
    return entry.logged_again && entry.died - entry.last_logged < join_wait;
}

bool FollowedFlows::may_live_again(const LivingFlow& entry) {
    return another_may_live(entry) && !entry.again_counted;
}

bool FollowedFlows::is_new_beside(const LivingFlow& entry) {
    return entry.old && entry.counted && !entry.dead && entry.id == 0 &&
           entry.last_logged == steady_clock::time_point() &&
           entry.tuple.destination.service.protocol == model::protocol::tcp && !entry.opening;
}

void FollowedFlows::begin_beside(LivingFlow& entry) {
    const auto id = entry.id;
    begin(entry);
    if (id != 0) {
        entry.what_is_rare().id_before = id;
    }
}

bool FollowedFlows::is_end_of_before(LivingFlow& entry, const ConntrackEntry& seen) {
    return entry.id == 0 && entry.rare && entry.rare->id_before != 0 &&
           std::exchange(entry.rare->id_before, 0) == seen.id;
}

void FollowedFlows::forget_ended(LivingFlow& entry) {
    if (entry.followed && entry.dead && entry.counted && now.steady - entry.died >= remembered_for &&
        !another_may_live(entry)) {
        remove(entry);
    }
}

void FollowedFlows::fetch(EndOfDue begin, EndOfDue end) const {
    std::for_each(begin, end, [this](const End& due) { living.fetch(*due.flow, due.hash); });
}

void FollowedFlows::fetch(JoinOfDue begin, JoinOfDue end) const {
    std::array<const Tuple*, FlowTracker::together> tuples{};
    const auto last = std::transform(begin, end, tuples.begin(), [](const Join& due) { return &due.tuple; });
    living.fetch({tuples.begin(), last});
}

bool FollowedFlows::is_over(const LivingFlow& entry) const {
    if (entry.ignored) {
        return entry.id != 0; // else no dump has had it ever
    }
    if (!entry.counted) {
        return false;
    }
    if (entry.dead) {
        return now.steady - entry.died >= join_wait;
    }
    // Never confirmed: it was stopped on this host, and its repetitions are over.
    if (!entry.born) {
        return now.steady - entry.last_logged >= unconfirmed_for;
    }
    // An `old` entry without an id is a connection that conntrack never saw: it was idle until then.
    return entry.id != 0;
}

void FollowedFlows::go_on(LivingFlow& entry, const ConntrackEntry& seen) {
    const bool answered = entry.take_answer(seen);
    const auto more = entry.grown(seen.traffic);
    const bool has_grown = more != Traffic();
    if (has_grown) {
        entry.what_is_rare().told += more;
        entry.rare->pending += more;
    }
    if (answered || has_grown) {
        hand_out(entry);
    }
}

void FollowedFlows::listed(LivingFlow& entry, const ConntrackEntry& seen) {
    entry.born = true;
    entry.id = seen.id;
    entry.dump = dump;
    go_on(entry, seen);
}

void FollowedFlows::take_seconds() {
    for (const auto& seen : std::exchange(seconds, {})) {
        LivingFlow* const entry = living.find(seen.tuple);
        if (entry != nullptr && entry->dump != dump && !entry->ignored) {
            if (entry->is_before(seen)) {
                begin_again(*entry, seen.id);
            }
            listed(*entry, seen);
        }
    }
}

void FollowedFlows::die(LivingFlow& entry, const ConntrackEntry& seen) {
    entry.born = true;
    entry.id = seen.id;
    entry.take_answer(seen);
    if (!entry.outcome_known) {
        entry.outcome_known = true;
        entry.news.refused = seen.tcp_closed;
        entry.news.unanswered = !seen.tcp_closed;
    }
    entry.dead = true;
    entry.closed = seen.tcp_closed;
    entry.died = now.steady;
    const auto more = entry.grown(seen.traffic);
    if (entry.counted) {
        hand_out(entry, more);
        // By a timer, which each of its packets has set anew: what is logged from now on is another
        // flow's. A reset ends it at once, maybe with its last SYN's log message on the way.
        const bool by_timer = !seen.tcp_closed && now.steady - entry.last_logged >= stale_after;
        if (by_timer && !another_may_live(entry)) {
            remove(entry);
        } else {
            ended.push_back({now.steady + remembered_for, &entry, LivingFlows::hash_of(entry.tuple)});
        }
        return;
    }
    if (more != Traffic()) {
        entry.what_is_rare().pending += more;
    }
    await_join(entry.tuple);
}

void FollowedFlows::close(LivingFlow& entry, const ConntrackEntry& seen) {
    if (entry.ignored) {
        remove(entry);
        return;
    }
    if (is_end_of_before(entry, seen)) {
        return;
    }
    const bool others_wait = entry.rare && !entry.rare->further_ends.empty();
    if (entry.dead && (!entry.counted || others_wait)) {
        await_further_log(entry, seen);
        return;
    }
    if (entry.is_before(seen) || lives_again(entry)) {
        if (closing && !entry.logged_again) {
            return; // a later flow with the same tuple, of which nothing was logged any more
        }
        begin_again(entry, seen.id);
    } else if (entry.dead) {
        await_further_log(entry, seen);
        return;
    }
    die(entry, seen);
}

void FollowedFlows::await_further_log(LivingFlow& entry, const ConntrackEntry& seen) {
    if (!closing && further < most_further) {
        entry.what_is_rare().further_ends.push_back(seen);
        ++further;
    }
}

bool FollowedFlows::take_further_end(LivingFlow& entry, const Sender& sender) {
    if (!entry.dead || !entry.counted || !entry.rare || entry.rare->further_ends.empty()) {
        return false;
    }
    auto others = std::move(entry.rare->further_ends);
    const auto seen = others.front();
    others.erase(others.begin());
    --further;
    begin(entry);
    identify(entry, sender);
    if (!others.empty()) {
        entry.what_is_rare().further_ends = std::move(others);
    }
    die(entry, seen);
    return true;
}

void FollowedFlows::forget_repetitions(LivingFlow& entry) {
    entry.logged_again = entry.again_counted = false;
    if (entry.rare) {
        further -= entry.rare->and_then.size();
        entry.rare->and_then.clear();
    }
}

void FollowedFlows::remove(LivingFlow& entry) {
    release(entry);
    living.remove(entry);
}

void FollowedFlows::begin_again(LivingFlow& entry, std::uint32_t id) {
    const bool logged = entry.logged_again;
    const bool already_counted = entry.again_counted;
    const Sender sender = entry.rare ? entry.rare->again : Sender();
    auto later = entry.rare ? std::exchange(entry.rare->and_then, {}) : std::vector<LoggedAgain>();
    further -= later.size();
    begin(entry);
    entry.born = true;
    entry.id = id;
    for (const auto& one : later) {
        log_again(entry, one.sender, one.counted);
    }
    if (already_counted) {
        entry.counted = true;
        entry.sender = sender;
    } else if (logged) {
        identify(entry, sender);
    } else {
        await_join(entry.tuple);
    }
}

} // namespace fwlearn::collector
