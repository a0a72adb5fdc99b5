// What the formats for firewalls that know neither users nor names share. Private to render.
#pragma once

#include <model/whitelist.hpp>

namespace fwlearn::analyzer {

/// Why a firewall of this kind cannot have the rule without being wider; empty where it can. `firewall` is
/// its name.
std::string beyond_host_firewall(const model::Rule& rule, const char* firewall);

/// Ports that follow each other as one range.
std::vector<model::DetailRange> joined(const std::vector<model::DetailRange>& details);

} // namespace fwlearn::analyzer
