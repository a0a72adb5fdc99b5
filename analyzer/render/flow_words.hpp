// A flow's parts in a few words, for people, encoded for a terminal. Private to render.
#pragma once

#include <model/record.hpp>

#include <string>

namespace fwlearn::analyzer {

/// "2026-11-28T03:10:00Z"
std::string second_words(model::Timestamp time);
/// The user by name, or by number; "kernel", "unknown".
std::string owner_words(const model::SocketOwner& owner, const model::Identities& identities);
/// The program that sent it, or "unknown".
std::string sender_words(const model::FlowKey& key, const model::Identities& identities);

} // namespace fwlearn::analyzer
