// A short name for a content: the beginning of its SHA-256. Private to this room.
#pragma once

#include <cstddef>
#include <string>

namespace fwlearn::analyzer {

/// Twice as many lower-case hexadecimal digits as octets; at most 32 octets.
std::string digest(const std::string& content, std::size_t octets);

} // namespace fwlearn::analyzer
