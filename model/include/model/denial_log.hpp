// How a whitelist that is loaded tells the collector what it denies: through NFLOG, by these prefixes. Spoken
// by analyzer/render (which writes the rules) and by collector (which reads the log).
#pragma once

#include <cstdint>

namespace fwlearn::model {

/// The group that `observe` binds unless told otherwise.
inline constexpr std::uint16_t default_log_group = 61;
/// NFULA_PREFIX of packets that the whitelist denied, and of those that it would have denied.
inline constexpr const char* denied_prefix = "fwlearn denied";
inline constexpr const char* shadowed_prefix = "fwlearn shadowed";

} // namespace fwlearn::model
