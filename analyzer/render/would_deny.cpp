#include "analyzer/render/would_deny.hpp"

#include "rule_words.hpp"

#include <model/vocabulary.hpp>

#include <fmt/format.h>

namespace fwlearn::analyzer {
namespace {

std::string who(const model::SocketOwner& owner, const model::Identities& identities) {
    if (owner.kind != model::OwnerKind::user) {
        return owner.kind == model::OwnerKind::kernel ? "the kernel" : "nobody known";
    }
    const auto& name = identities.user(owner.uid);
    return name.empty() ? fmt::format("uid {}", owner.uid) : model::for_terminal(name);
}

std::string where(const WouldDeny& denied) {
    if (denied.overflow) {
        return "many destinations";
    }
    const auto address = denied.destination.address.to_string();
    return denied.name.empty() ? address : fmt::format("{} ({})", model::for_terminal(denied.name), address);
}

} // namespace

std::string render_would_deny(std::span<const WouldDeny> denied, const model::Identities& identities,
                              std::size_t limit) {
    std::string text;
    for (const auto& one : denied.first(std::min(limit, denied.size()))) {
        text += fmt::format("  {} {} of {}, {}: {} {}\n", one.flows, one.flows == 1 ? "flow" : "flows",
                            task_words(one.task), who(one.owner, identities),
                            one.destination.service.to_string(), where(one));
    }
    if (denied.size() > limit) {
        text += fmt::format("  and {} more\n", denied.size() - limit);
    }
    return text;
}

} // namespace fwlearn::analyzer
