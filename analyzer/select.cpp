#include "select.hpp"

#include "analyzer/fixed_parts.hpp"
#include "floods.hpp"
#include "left_out.hpp"
#include "metadata_addresses.hpp"
#include "selectors.hpp"
#include "suspicion.hpp"

#include <algorithm>

namespace fwlearn::analyzer {
namespace {

/// Why no rule is needed, or none can be made, whatever anybody decides; empty when neither is so.
std::string reason_without_appeal(const model::FlowKey& key) {
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

/// Resolver and clock, which some clouds (Google, Oracle) have at the address of their metadata, and whatever
/// a setting of the host names there. None of these hands out anything.
bool is_ordinary_service(const model::Record& record, const model::Destination& destination) {
    constexpr std::uint16_t dns = 53;
    constexpr std::uint16_t ntp = 123;
    const auto& [service, address] = destination;
    const bool over_udp = service.protocol == model::protocol::udp;
    const bool over_tcp = service.protocol == model::protocol::tcp;
    return (over_udp && (service.detail == dns || service.detail == ntp)) ||
           (over_tcp && service.detail == dns) ||
           std::any_of(record.configured.begin(), record.configured.end(), [&](const auto& setting) {
               return setting.address == destination.address && setting.service == destination.service;
           });
}

/// Why the flow gets no rule unless somebody asks for it; empty when it gets one.
std::string reason_to_ask(const model::Record& record, const model::FlowKey& key,
                          const SuggestOptions& options) {
    // Somebody tried, and was told no: that is no evidence that it belongs here.
    switch (key.verdict) {
    case model::FlowVerdict::accepted:
        break;
    case model::FlowVerdict::denied:
        return "denied by the whitelist in force; allow it by a decision (fwlearn review)";
    case model::FlowVerdict::shadowed:
        return "would be denied by the whitelist on trial; allow it by a decision (fwlearn review)";
    }
    if (!options.include_sessions && record.identities.task(key.task).kind == model::TaskKind::session) {
        return "sent in somebody's session (--include-sessions keeps these)";
    }
    if (is_metadata_address(key.destination.address) && !is_ordinary_service(record, key.destination)) {
        return "cloud metadata: hands out credentials to whoever may ask";
    }
    return {};
}

bool is_known(const model::FlowKey& key) {
    return key.owner.kind != model::OwnerKind::unknown;
}

/// Nobody ever answered any of these flows over TCP, and of each that is known.
bool never_answered(const model::Record& record, std::span<const Need> needs) {
    if (needs.front().destination.service.protocol != model::protocol::tcp) {
        return false; // datagrams that nobody answers, as of syslog, are ordinary
    }
    return std::all_of(needs.begin(), needs.end(), [&record](const Need& need) {
        const auto& counts = record.flows[need.flow].counts;
        return counts.answered == 0 && counts.refused + counts.unanswered >= counts.count;
    });
}

constexpr std::uint8_t no_flags = 0;

class Selection {
  public:
    Selection(const model::Record& record, const SuggestOptions& options, Decided& decided)
        : record_(record), options_(options), decided_(decided), suspicion_(record), floods_(record),
          selectors_(record, options.selector) {}

    Selected run() {
        allowed_.reserve(record_.flows.size());
        selected_.needs.reserve(record_.flows.size());
        for (std::uint32_t index = 0; index < record_.flows.size(); ++index) {
            const auto& flow = record_.flows[index];
            auto reason = reason_for(flow);
            allowed_.resize(index + 1);
            if (reason.empty()) {
                selected_.needs.push_back({selectors_.of(flow.key), flow.key.destination, index,
                                           allowed_[index] ? no_flags : flags_of(flow.key)});
            } else {
                leave_out(index, std::move(reason));
            }
        }
        std::sort(selected_.needs.begin(), selected_.needs.end());
        leave_out_unanswered();
        if (options_.selector != SelectorMode::any) {
            leave_out_spoken_for();
        }
        put_in_order(selected_.left_out, record_.identities);
        selected_.selectors = selectors_.all();
        return std::move(selected_);
    }

  private:
    void leave_out(std::uint32_t flow, std::string reason) {
        selected_.left_out.push_back({record_.flows[flow], std::move(reason)});
    }

    [[nodiscard]] std::string reason_for(const model::Flow& flow) {
        auto reason = reason_without_appeal(flow.key);
        if (!reason.empty()) {
            const auto flood = flow.key.overflow ? floods_.reason_for(flow) : std::nullopt;
            return flood ? reason + "; part of " + flood->substr(0, flood->find(';')) : reason;
        }
        if (const auto* decision = decided_.on(flow)) {
            allowed_.push_back(decision->action == model::DecisionAction::allow);
            return allowed_.back() ? std::string() : decided_reason(*decision);
        }
        if (auto flood = floods_.reason_for(flow)) { // also of a session's: whose it is has to be said
            return std::move(*flood);
        }
        reason = reason_to_ask(record_, flow.key, options_);
        return reason.empty() ? suspicion_.reason_to_distrust(flow.key).value_or(std::string()) : reason;
    }

    [[nodiscard]] std::uint8_t flags_of(const model::FlowKey& key) const {
        std::uint8_t bits = 0;
        for (const auto flag : suspicion_.flags_of(key)) {
            bits = static_cast<std::uint8_t>(bits | flag_bit(flag));
        }
        return bits;
    }

    /// A flow of which the sender was not recorded speaks for one of those who are known to send there, and
    /// must not open the destination to everybody: where one of them keeps a need.
    void leave_out_spoken_for() {
        std::vector<model::Destination> of_known_senders;
        for (const auto& need : selected_.needs) {
            if (is_known(record_.flows[need.flow].key)) {
                of_known_senders.push_back(need.destination);
            }
        }
        if (of_known_senders.size() == selected_.needs.size()) {
            return;
        }
        std::sort(of_known_senders.begin(), of_known_senders.end());
        std::erase_if(selected_.needs, [&](const Need& need) {
            const bool spoken_for =
                !is_known(record_.flows[need.flow].key) &&
                std::binary_search(of_known_senders.begin(), of_known_senders.end(), need.destination);
            if (spoken_for) {
                leave_out(need.flow,
                          "sender not recorded; those who are known to send there have their rules");
            }
            return spoken_for;
        });
    }

    void leave_out_unanswered() {
        auto& needs = selected_.needs;
        std::vector<Need> kept;
        kept.reserve(needs.size());
        for (std::size_t begin = 0; begin < needs.size();) {
            auto end = begin + 1;
            while (end < needs.size() && needs[end].selector == needs[begin].selector &&
                   needs[end].destination == needs[begin].destination) {
                ++end;
            }
            const auto of_one = std::span(needs).subspan(begin, end - begin);
            const bool allowed = std::any_of(of_one.begin(), of_one.end(),
                                             [this](const Need& need) { return allowed_[need.flow]; });
            if (!allowed && never_answered(record_, of_one)) {
                for (const auto& need : of_one) {
                    leave_out(need.flow, "TCP that nobody ever answered: refused, or no word");
                }
            } else {
                kept.insert(kept.end(), of_one.begin(), of_one.end());
            }
            begin = end;
        }
        needs = std::move(kept);
    }

    const model::Record& record_;
    const SuggestOptions& options_;
    Decided& decided_;
    Suspicion suspicion_;
    Floods floods_;
    std::vector<bool> allowed_; ///< by flow: somebody decided that it may
    Selectors selectors_;
    Selected selected_;
};

} // namespace

Selected select(const model::Record& record, const SuggestOptions& options, Decided& decided) {
    return Selection(record, options, decided).run();
}

} // namespace fwlearn::analyzer
