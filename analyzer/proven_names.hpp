// By which names a flow's destination may be admitted: those that an answer of a name server bound to its
// address, for the process that sent or for the whole host. What a client says by itself (in TLS, HTTP, QUIC)
// is a label: whoever wants out may say any name.
// Private to this room; called by places, agreement and open_questions.
#pragma once

#include <model/record.hpp>

namespace fwlearn::analyzer {

[[nodiscard]] constexpr bool is_answer(model::BindingSource source) {
    return source == model::BindingSource::dns_host || source == model::BindingSource::dns_process;
}

/// Whether the name that the flow was known by when it began is more than a label: it came from an answer, or
/// an answer agrees with it. False where it has none. `names` are by address, as a record's are.
[[nodiscard]] bool is_proven(const model::FlowKey& key, const model::Identities& identities,
                             std::span<const model::NameBinding> names);

/// Its own name where that is proven; where it has none, what answers to its process or to the host and the
/// host's settings say.
[[nodiscard]] std::set<model::ForeignText> proven_names_of(const model::FlowKey& key,
                                                           const model::Identities& identities,
                                                           std::span<const model::NameBinding> names);

} // namespace fwlearn::analyzer
