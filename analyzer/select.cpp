#include "select.hpp"

#include "analyzer/fixed_parts.hpp"

#include <algorithm>
#include <tuple>

namespace fwlearn::analyzer {
namespace {

/// Nothing when the flow needs a rule.
std::string reason_to_leave_out(const model::FlowKey& key) {
    if (key.overflow) {
        return "overflow: more destinations than could be told apart";
    }
    if (key.destination.address.is_loopback()) {
        return "loopback is always accepted";
    }
    if (const char* why = admitted_by_fixed_part(key)) {
        return std::string("always accepted: ") + why;
    }
    const auto& [service, address] = key.destination;
    const auto of_the_other_family =
        address.family() == model::Family::ipv4 ? model::protocol::icmpv6 : model::protocol::icmp;
    if (service.protocol == of_the_other_family) {
        return "ICMP of the other IP version: nothing answers it and no rule can tell its type";
    }
    return {};
}

Need need_of(const model::FlowKey& key, std::uint32_t flow) {
    switch (key.owner.kind) {
    case model::OwnerKind::user:
        return {model::SelectorKind::uid, key.owner.uid, key.destination, flow};
    case model::OwnerKind::kernel:
        return {model::SelectorKind::kernel, 0, key.destination, flow};
    case model::OwnerKind::unknown:
        break;
    }
    return {model::SelectorKind::any, 0, key.destination, flow};
}

} // namespace

Selected select(const model::Record& record) {
    // Where somebody is known to send. A flow there of which the sender was not recorded speaks for one of
    // them, and must not open the destination to everybody.
    std::vector<model::Destination> of_known_senders;
    for (const auto& flow : record.flows) {
        if (flow.key.owner.kind != model::OwnerKind::unknown && reason_to_leave_out(flow.key).empty()) {
            of_known_senders.push_back(flow.key.destination);
        }
    }
    std::sort(of_known_senders.begin(), of_known_senders.end());

    Selected selected;
    for (std::uint32_t index = 0; index < record.flows.size(); ++index) {
        const auto& flow = record.flows[index];
        auto reason = reason_to_leave_out(flow.key);
        if (reason.empty() && flow.key.owner.kind == model::OwnerKind::unknown &&
            std::binary_search(of_known_senders.begin(), of_known_senders.end(), flow.key.destination)) {
            reason = "sender not recorded; those who are known to send there have their rules";
        }
        if (!reason.empty()) {
            selected.left_out.push_back({flow, std::move(reason)});
            continue;
        }
        selected.needs.push_back(need_of(flow.key, index));
    }
    std::sort(selected.needs.begin(), selected.needs.end());
    // By content, not by the numbers that identities happen to have in this record.
    const auto content = [&record](const model::LeftOut& left_out) {
        const auto& key = left_out.flow.key;
        return std::tuple<model::Destination, model::SocketOwner, bool, model::Attribution,
                          const model::Process&, const model::Process&, const model::Task&,
                          const model::ForeignText&>(
            key.destination, key.owner, key.overflow, key.attribution, record.identities.process(key.process),
            record.identities.process(key.creator), record.identities.task(key.task),
            record.identities.interface(key.interface));
    };
    std::sort(selected.left_out.begin(), selected.left_out.end(),
              [&content](const auto& one, const auto& other) { return content(one) < content(other); });
    return selected;
}

} // namespace fwlearn::analyzer
