// The packet filters that are there already, read: nftables by libnftables, what iptables says that nft
// cannot describe by iptables-save. Never changes anything. The two parsers are pure, and believe nothing of
// their text. Called by cli.
#pragma once

#include <model/ruleset.hpp>

#include <string_view>

namespace fwlearn::firewall {

/// What `nft -j list ruleset` prints (libnftables-json(5)), without fwlearn's own tables. Throws
/// model::UsageError, in one line, for what is no such document.
model::Ruleset parse_nft_ruleset(std::string_view json);

/// What iptables-save (or ip6tables-save, Family::ipv6) prints. Throws model::UsageError.
model::Ruleset parse_iptables_save(std::string_view text, model::Family family);

/// Of this network namespace, as it is now. Throws model::SystemError.
model::Ruleset read_ruleset();

/// From a file that either of the two printed. Throws model::UsageError, which names the file, and
/// model::SystemError.
model::Ruleset read_ruleset_file(const std::string& path);

} // namespace fwlearn::firewall
