// A record's rows, added up to what the ground can foretell: who, where to, how many and how they ended.
// Leaves out processes, tasks and interfaces. And what was counted. Used by the kernel tests.
#pragma once

#include <model/record.hpp>
#include <sql/reader.hpp>

#include <filesystem>
#include <map>
#include <string>

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

/// What the last observation counted, by name.
inline std::map<std::string, std::uint64_t> stored_counters(const std::filesystem::path& database) {
    std::map<std::string, std::uint64_t> counters;
    for (const auto& [name, value] : sql::Reader(database).counters()) {
        counters[name] = value;
    }
    return counters;
}

} // namespace fwlearn::kernel_test
