// The names that the host knows without asking: hosts(5). Used by read_settings(); the reader of the text is
// pure.
#pragma once

#include "findings.hpp"
#include "text.hpp"

namespace fwlearn::collector::host::settings {

std::vector<model::Configured> read_static_names(HostFiles& files);

/// Each name of a line with the line's address; without loopback, multicast and what blocks a name (0.0.0.0).
Findings hosts(std::string_view text, const model::ForeignText& file);

} // namespace fwlearn::collector::host::settings
