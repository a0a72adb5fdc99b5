#include "cli/flow_filter.hpp"

#include <analyzer/patterns.hpp>
#include <model/errors.hpp>

namespace fwlearn::cli {
namespace {

/// Also the short name, and a task without its kind: who looks for something wants to find it.
bool matches_process(const std::string& pattern, const model::Process& process) {
    return analyzer::matches_program(pattern, process) ||
           analyzer::matches(pattern, process.comm.raw_bytes());
}

bool matches_task(const std::string& pattern, const model::Task& task) {
    return analyzer::matches_task(pattern, task) || analyzer::matches(pattern, task.name.raw_bytes());
}

bool matches_verdict(const FlowFilter& filter, model::FlowVerdict verdict) {
    return (!filter.denied && !filter.shadowed) || (filter.denied && verdict == model::FlowVerdict::denied) ||
           (filter.shadowed && verdict == model::FlowVerdict::shadowed);
}

} // namespace

void FlowFilter::parse_port(std::string_view text) {
    auto number = text;
    const auto slash = text.find('/');
    if (slash != std::string_view::npos) {
        protocol = model::Protocol::parse(text.substr(0, slash));
        number = text.substr(slash + 1);
    }
    ports = model::DetailRange::parse(number);
    if (ports && (slash == std::string_view::npos || protocol)) {
        return;
    }
    protocol = model::Protocol::parse(text);
    if (!protocol || protocol->has_ports()) {
        throw model::UsageError("cannot understand the port '" +
                                model::for_terminal(model::ForeignText(text)) +
                                "': give it like 443, tcp/443, 8000-8010 or icmp");
    }
}

void FlowFilter::parse_destination(std::string_view text) {
    destination = model::Prefix::parse(text);
    if (!destination) {
        throw model::UsageError("cannot understand the destination '" +
                                model::for_terminal(model::ForeignText(text)) +
                                "': give an address or a prefix like 192.0.2.0/24");
    }
}

bool FlowFilter::admits(const model::Flow& flow, const model::Identities& identities,
                        std::span<const model::NameBinding> names) const {
    const auto& key = flow.key;
    const auto& sender = identities.process(key.process);
    const auto& service = key.destination.service;
    return matches_verdict(*this, key.verdict) && (process.empty() || matches_process(process, sender)) &&
           (user.empty() || analyzer::matches_user(user, key.owner, identities)) &&
           (unit.empty() || analyzer::matches(unit, sender.unit.raw_bytes())) &&
           (task.empty() || matches_task(task, identities.task(key.task))) &&
           (!destination || destination->contains(key.destination.address)) &&
           (!protocol || *protocol == service.protocol) &&
           (!ports || (service.protocol.has_ports() && ports->first <= service.detail &&
                       service.detail <= ports->last)) &&
           (name.empty() || analyzer::matches_any(name, model::names_of(key, identities, names)));
}

} // namespace fwlearn::cli
