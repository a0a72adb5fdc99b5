// Memory for a whole record in large pages, which is not so much work for the kernel as the same in small
// ones. About the process as a whole, so it is for verbs that read a record and end; knows nothing of what
// the memory will hold. Private to this room; called by read_record.
#pragma once

#include <cstddef>

namespace fwlearn::cli {

/// What malloc(3) gives from now on, up to about so much in all, lies in large pages where the kernel has
/// them; nothing is lost where it has none. Takes up no memory by itself. Keeps what is freed for reuse.
void use_large_pages_for_next(std::size_t octets);

} // namespace fwlearn::cli
