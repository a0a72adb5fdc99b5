// A record's rows, added up to what the ground can foretell: who, where to, how many and how they ended.
// Leaves out processes, tasks and interfaces. Used by the kernel tests.
#pragma once

#include <model/record.hpp>

#include <map>

namespace fwlearn::kernel_test {

using Key = std::pair<model::SocketOwner, model::Destination>;

/// What the kernel sends of its own accord when an interface comes up (RFC 3810, RFC 3376) is left out: it is
/// a flow, but none that a test makes.
inline std::map<Key, model::FlowCounts> stored_flows(const model::Record& record) {
    std::map<Key, model::FlowCounts> sums;
    for (const auto& flow : record.flows) {
        const auto& service = flow.key.destination.service;
        const bool membership_report = service == model::Service::icmp(model::protocol::icmpv6, 143, 0) ||
                                       service.protocol == model::protocol::igmp;
        if (flow.key.owner.kind == model::OwnerKind::kernel && membership_report) {
            continue;
        }
        sums[{flow.key.owner, flow.key.destination}] += flow.counts;
    }
    return sums;
}

} // namespace fwlearn::kernel_test
