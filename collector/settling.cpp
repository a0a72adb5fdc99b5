#include "settling.hpp"

#include <algorithm>

namespace fwlearn::collector {
namespace {

using namespace std::chrono_literals;

/// How long a new flow may wait for its client to say a name: a round trip, after which TCP's handshake is
/// over, and the time that the kernel keeps log messages back. What waits is lost by a kill.
constexpr auto name_after = 400ms;

constexpr std::uint16_t quic_port = 443; // where QUIC is spoken under other ports, DNS alone gives names

/// A sender may be filed a moment after the packet is logged (cgroup_skb/egress comes after LOCAL_OUT).
constexpr auto late_after = 1s;
/// When it is asked for again: nearly always it is there the first time.
constexpr auto ask_again_after = 20ms;

} // namespace

void Settling::logged(const Tuple& tuple, const LivingSender& sender, const Now& now) {
    WaitingFlow flow;
    flow.logged = now;
    flow.sender = sender;
    // Behind one that waits, so that they come in their order: it may be that one's repetition, or a flow of
    // somebody who has its port by now.
    const bool is_behind = waiting_.has(tuple);
    const bool is_known = settle(tuple, flow, now, !senders_.may_come_late(), true, is_behind);
    if (!is_known && !waiting_.add(tuple, flow)) {
        flow.may_be_said = false;
        settle(tuple, flow, now, true, false);
    }
}

bool Settling::settle(const Tuple& tuple, WaitingFlow& flow, const Now& now, bool for_good,
                      bool wait_for_name, bool is_behind) {
    if (!flow.attributed) {
        flow.attributed = senders_.attribute(flow.sender, tuple, identities_);
        if (!flow.attributed && !for_good && now.steady - flow.logged.steady < late_after) {
            flow.look_again = std::min(
                std::max(now.steady + ask_again_after, now.steady + 2 * (now.steady - flow.logged.steady)),
                flow.logged.steady + late_after);
            return false;
        }
        if (!flow.attributed) {
            senders_.give_up();
            flow.attributed = true;
        }
        // What is denied gets to say nothing.
        flow.may_be_said =
            !give_name(tuple, flow) && flow.sender.verdict != model::FlowVerdict::denied && wait_for_name;
    }
    if (flow.may_be_said && !finished_ && now.steady - flow.logged.steady < name_after) {
        flow.look_again = flow.logged.steady + name_after;
        return false;
    }
    if (is_behind) {
        flow.look_again = now.steady;
        return false;
    }
    tracker_.logged(tuple, flow.sender, flow.logged);
    return true;
}

void Settling::use_name(Sender& sender, const std::string& name, model::BindingSource source) {
    const auto number = name_numbers_.number_of(name, sender.owner, identities_);
    if (number != model::NameId::unknown) {
        sender.name = number;
        sender.name_source = source;
    }
}

/// The name by which its sender knows the destination. False where the client's own word may add to it:
/// there is none, or there are several.
bool Settling::give_name(const Tuple& tuple, WaitingFlow& flow) {
    const auto& service = tuple.destination.service;
    const auto found = names_.name_of(flow.sender, tuple.destination.address, flow.logged);
    if (found) {
        use_name(flow.sender, found->name, found->source);
    }
    const bool has_head = service.protocol == model::protocol::tcp ||
                          service == model::Service::port(model::protocol::udp, quic_port);
    return (found && found->only) || !has_head;
}

/// What clients said of flows that wait. It chooses among the names that the sender asked for, and
/// stands for one where it is known to have asked for none.
void Settling::hear_names(const Now& now) {
    for (auto& said : names_.take_said()) {
        auto* const flow = waiting_.that_may_be_said(said.flow);
        if (flow == nullptr) {
            continue;
        }
        flow->look_again = now.steady;
        flow->may_be_said = false;
        const auto known = names_.knows(flow->sender, said.flow.destination.address, said.name, now);
        if (known || flow->sender.name == model::NameId::unknown) {
            use_name(flow->sender, said.name, known.value_or(said.source));
        }
    }
}

void Settling::look_again(const Now& now) {
    hear_names(now);
    waiting_.settle_due(now.steady, [this, &now](const Tuple& tuple, WaitingFlow& flow) {
        return settle(tuple, flow, now, false);
    });
}

void Settling::settle(const Tuple& tuple, const Now& now) {
    hear_names(now);
    waiting_.settle_now(tuple, [this, &now](const Tuple& its, WaitingFlow& flow) {
        const bool known = flow.attributed;
        flow.may_be_said = false;
        return settle(its, flow, now, false, known);
    });
}

void Settling::finish(const Now& now) {
    finished_ = true;
    hear_names(now);
    waiting_.settle_due(
        std::chrono::steady_clock::time_point::max(),
        [this, &now](const Tuple& tuple, WaitingFlow& flow) { return settle(tuple, flow, now, true); });
}

} // namespace fwlearn::collector
