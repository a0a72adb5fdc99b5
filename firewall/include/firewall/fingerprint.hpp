// A short name for a content: what was shown, and what is to be loaded, are told to be the same by it.
// Pure. Used by this room and by cli's apply.
#pragma once

#include <string>
#include <string_view>

namespace fwlearn::firewall {

/// SHA-256, as 64 lower-case hexadecimal digits.
std::string fingerprint(std::string_view content);

} // namespace fwlearn::firewall
