#include "flow_position.hpp"

#include <analyzer/audit.hpp>
#include <firewall/applied.hpp>

#include <algorithm>
#include <iterator>

namespace fwlearn::cli {

Clocks Clocks::read() {
    return {std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()),
            firewall::since_boot()};
}

void FlowPosition::follow(const Clocks& now) {
    constexpr std::chrono::seconds jitter{2};
    if (at && now.since_boot >= at->since_boot) {
        // As long as it has run, which is more where it was booted meanwhile: then this says too little.
        const auto expected = at->wall + (now.since_boot - at->since_boot);
        if (now.wall < expected - jitter) {
            until = std::min(until, at->wall - (expected - now.wall));
        }
    } else if (now.wall < until) {
        until = now.wall - now.since_boot;
    }
}

bool FlowPosition::has(const model::Flow& flow, const model::Identities& identities) const {
    const auto seen = flow.counts.last_seen;
    return seen <= until - once_more || (told.contains(analyzer::fingerprint(flow, identities)));
}

FlowPosition next_position(const model::Record& seen, const std::optional<FlowPosition>& before,
                           std::optional<model::Timestamp> end, const Clocks& now) {
    FlowPosition next;
    next.at = now;
    next.until = before ? before->until : model::Timestamp{};
    for (const auto& flow : seen.flows) {
        next.until =
            std::max(next.until, std::min({flow.counts.last_seen, end.value_or(now.wall), now.wall}));
    }
    const auto again = next.until - FlowPosition::once_more; // what was seen after that
    for (const auto& flow : seen.flows) {
        if (flow.counts.last_seen > again) {
            next.told.emplace(analyzer::fingerprint(flow, seen.identities), flow.counts.last_seen);
        }
    }
    if (before) { // those that were passed over this time
        std::copy_if(before->told.begin(), before->told.end(), std::inserter(next.told, next.told.end()),
                     [again](const auto& flow) { return flow.second > again; });
    }
    return next;
}

} // namespace fwlearn::cli
