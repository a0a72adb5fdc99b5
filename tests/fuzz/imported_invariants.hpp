// What holds of every import, whatever the bytes were: a target that breaks one of these traps.
// Knows nothing of formats. Included by fuzz_zeek and fuzz_jsonl.
#pragma once

#include "expect.hpp"

#include <import/imported.hpp>

#include <algorithm>
#include <set>

namespace fwlearn::import {

using fuzz::expect;

inline void check_flows(const Imported& imported) {
    std::set<std::pair<model::FlowKey, model::Hour>> keys;
    const auto& observation = imported.observation;
    for (const auto& flow : imported.batch.flows) {
        const auto& counts = flow.counts;
        expect(keys.insert({flow.key, flow.hour}).second);
        expect(counts.count > 0);
        expect(counts.answered + counts.refused + counts.unanswered <= counts.count);
        expect(counts.already_open <= counts.count);
        expect(counts.first_seen <= counts.last_seen);
        expect(flow.hour == model::hour_of(counts.first_seen));
        expect(observation.started <= counts.first_seen && counts.last_seen <= *observation.ended);
        // Throw for an identity that the dictionary does not hold.
        (void)imported.identities.process(flow.key.process);
        (void)imported.identities.task(flow.key.task);
        (void)imported.identities.interface(flow.key.interface);
    }
}

inline void check(const Imported& imported) {
    expect(imported.bad < imported.lines && imported.skipped <= imported.lines - imported.bad);
    expect(imported.bad == 0 || imported.batch.gaps.size() == 1);
    expect(imported.complaints.size() == std::min<std::uint64_t>(imported.bad, 10));
    expect(std::all_of(imported.complaints.begin(), imported.complaints.end(), fuzz::is_printable));
    expect(imported.observation.started <= *imported.observation.ended);
    check_flows(imported);
    for (const auto& name : imported.batch.names) {
        expect(!name.name.empty() && name.name.raw_bytes().size() <= 253);
        expect(name.count > 0 && name.first_seen <= name.last_seen);
    }
}

} // namespace fwlearn::import
