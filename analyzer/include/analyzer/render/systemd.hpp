// A whitelist's units as drop-ins for systemd: each puts its unit's cgroup into the unit's set of the nft
// output whenever the unit starts, before anything of it can send. Knows nothing of rules.
// Called by cli, which prints the drop-ins or writes them.
#pragma once

#include "analyzer/render/rendered.hpp"

#include <model/whitelist.hpp>

#include <string>
#include <vector>

namespace fwlearn::analyzer {

/// How every drop-in of fwlearn's is called; a file of this name below UNIT.d is nobody else's.
inline constexpr const char* drop_in_name = "50-fwlearn.conf";

struct DropIn {
    std::string folder; ///< "cron.service.d": of the bytes that systemd.unit(5) allows in a unit's name
    std::string content;
};

struct DropIns {
    std::vector<DropIn> files;              ///< by folder, none twice
    std::vector<std::string> not_expressed; ///< "UNIT: why", printable ASCII: these have no drop-in
};

/// For the systemd of this version; 0, an unknown one, gets what every version takes.
DropIns systemd_drop_ins(const model::Whitelist& whitelist, unsigned systemd_version);

/// All of them as one text, as `systemctl cat` shows files.
Rendered render_systemd(const model::Whitelist& whitelist, unsigned systemd_version);

} // namespace fwlearn::analyzer
