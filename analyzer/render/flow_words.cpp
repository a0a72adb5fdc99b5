#include "flow_words.hpp"

#include "rule_words.hpp"

#include <model/vocabulary.hpp>

namespace fwlearn::analyzer {

std::string second_words(model::Timestamp time) {
    constexpr std::size_t to_the_second = sizeof "2026-11-28T03:10:00" - 1;
    return model::to_rfc3339(time).substr(0, to_the_second) + "Z";
}

std::string owner_words(const model::SocketOwner& owner, const model::Identities& identities) {
    if (owner.kind != model::OwnerKind::user) {
        return std::string(model::to_word(owner.kind));
    }
    const auto& name = identities.user(owner.uid);
    return name.empty() ? std::to_string(owner.uid) : model::for_terminal(name);
}

std::string sender_words(const model::FlowKey& key, const model::Identities& identities) {
    const auto shown = shown_process(identities.process(key.process));
    return shown.empty() ? "unknown" : model::for_terminal(shown);
}

} // namespace fwlearn::analyzer
