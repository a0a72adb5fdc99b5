// The nftables sets that hold what a rule's names stand for: one for each name and IP version, filled by
// dnsmasq or by `fwlearn refresh`. What is printed for both has to agree on what the sets are called.
// Private to render; called by nft and dnsmasq.
#pragma once

#include <model/whitelist.hpp>

#include <chrono>

namespace fwlearn::analyzer {

/// How long an address stays in its set after its name last stood for it, beyond the answer's TTL: long
/// enough that a process which keeps an old answer, or a weekend without a refresh, breaks nothing.
inline constexpr std::chrono::hours name_grace{72};

/// When elements of a name's set are forgotten. Neither nft, which takes eight digits of seconds, nor ipset,
/// which takes 2,147,483 seconds (ipset(8)), counts as far as a TTL may (2^31 - 1, RFC 2181 section 8): 24
/// days are enough for what nobody asked for again.
std::chrono::seconds name_timeout(std::uint32_t ttl);

/// Of the rule's name at `index` in by_name.
std::string name_set(const model::Rule& rule, std::size_t index, model::Family family);

/// The sets of a rule by name, each with its name as comment and what it has stood for as elements.
std::string name_sets(const model::Rule& rule);

} // namespace fwlearn::analyzer
