// The units that systemd is asked to make for one application, and how they are called: the timer that takes
// it back, and the service that looks after the health of others. Private to this room; used by way_back,
// health_watch and unit_health.
#pragma once

#include <string>

namespace fwlearn::firewall {

/// systemd runs this host, and what it starts is in our network namespace: sd_booted(3), and the namespace of
/// process 1.
bool systemd_is_here();

/// Without ".timer" and ".service".
std::string way_back_unit(const std::string& token);
std::string health_unit(const std::string& token);

/// Of any application.
bool is_own_unit(const std::string& unit);

} // namespace fwlearn::firewall
