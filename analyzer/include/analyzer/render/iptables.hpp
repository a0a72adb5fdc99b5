// The whitelist for iptables-restore(8) and ip6tables-restore(8), each with its part, and the sets of both
// for ipset(8). Pure. Called by cli.
#pragma once

#include "analyzer/render/rendered.hpp"

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// Rules by unit cannot be expressed: `-m cgroup --path` names a cgroup that has to exist when the file is
/// loaded, and means another once the unit has restarted.
Rendered render_iptables(const model::Whitelist& whitelist, model::Family family);

/// For `ipset restore`: what both files look into. Empty but for the head where they look into none.
std::string render_ipset(const model::Whitelist& whitelist);

} // namespace fwlearn::analyzer
