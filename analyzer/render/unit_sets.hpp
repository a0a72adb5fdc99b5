// The nftables sets that hold a unit's cgroup: one for each unit that rules select by, empty when the
// whitelist is loaded, filled whenever the unit starts (drop-ins of systemd) and by `fwlearn refresh`. A
// cgroup that is named in a rule would make the whole file fail where it does not exist, and go stale when
// the unit restarts. Private to render; nft and systemd have to agree on what the sets are called.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// Of a selector by unit: "cron_service_8d969eef". The name for people, and eight digits of the cgroup's
/// SHA-256.
std::string unit_label(const model::Selector& selector);

/// "u_cron_service_8d969eef"
std::string unit_set(const model::Selector& selector);

/// How deep below the root the unit's cgroup is, as `socket cgroupv2 level` counts.
std::size_t unit_level(const model::Selector& selector);

/// Those by which some rule selects a unit; ascending, none twice.
std::vector<model::Selector> unit_selectors(const model::Whitelist& whitelist);

/// The match for packets of sockets that were made there: "socket cgroupv2 level 2 @u_..."
std::string unit_match(const model::Selector& selector);

/// The set itself, with the cgroup as comment.
std::string unit_set_declaration(const model::Selector& selector);

} // namespace fwlearn::analyzer
