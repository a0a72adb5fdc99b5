#include "cli/flow_filter.hpp"

#include <model/errors.hpp>

#include <fnmatch.h>

#include <algorithm>
#include <charconv>

namespace fwlearn::cli {
namespace {

bool matches(const std::string& pattern, const std::string& text) {
    return fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

bool matches(const std::string& pattern, const model::ForeignText& text) {
    return matches(pattern, text.raw_bytes());
}

bool matches_process(const std::string& pattern, const model::Process& process) {
    const auto& path = process.exe.raw_bytes();
    return matches(pattern, path) || matches(pattern, path.substr(path.rfind('/') + 1)) ||
           matches(pattern, process.comm);
}

bool matches_user(const std::string& pattern, const model::SocketOwner& owner,
                  const model::Identities& identities) {
    return owner.kind == model::OwnerKind::user &&
           (matches(pattern, identities.user(owner.uid)) || matches(pattern, std::to_string(owner.uid)));
}

bool matches_name(const std::string& pattern, const std::set<model::ForeignText>& names) {
    return std::any_of(names.begin(), names.end(),
                       [&pattern](const model::ForeignText& name) { return matches(pattern, name); });
}

} // namespace

void FlowFilter::parse_port(std::string_view text) {
    auto number = text;
    const auto slash = text.find('/');
    if (slash != std::string_view::npos) {
        protocol = model::Protocol::parse(text.substr(0, slash));
        number = text.substr(slash + 1);
    }
    std::uint16_t value = 0;
    const auto* const end = number.data() + number.size();
    const auto [stopped, error] = std::from_chars(number.data(), end, value);
    if (error == std::errc{} && stopped == end && (slash == std::string_view::npos || protocol)) {
        port = value;
        return;
    }
    protocol = model::Protocol::parse(text);
    if (!protocol || protocol->has_ports()) {
        throw model::UsageError("cannot understand the port '" +
                                model::for_terminal(model::ForeignText(text)) +
                                "': give it like 443, tcp/443 or icmp");
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
    return (process.empty() || matches_process(process, sender)) &&
           (user.empty() || matches_user(user, key.owner, identities)) &&
           (unit.empty() || matches(unit, sender.unit)) &&
           (task.empty() || matches(task, identities.task(key.task).name)) &&
           (!destination || destination->contains(key.destination.address)) &&
           (!protocol || *protocol == service.protocol) &&
           (!port || (service.protocol.has_ports() && service.detail == *port)) &&
           (name.empty() || matches_name(name, model::names_of(key, identities, names)));
}

} // namespace fwlearn::cli
