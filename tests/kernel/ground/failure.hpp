// What the grounds throw when the ground itself does not hold, so that a test never passes on a broken one.
// Knows nothing of what is tested. Used by the grounds of the kernel tests.
#pragma once

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

namespace fwlearn::kernel_test {

/// "WHAT: Permission denied", by errno.
[[noreturn]] inline void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// For system calls that say -1.
inline int must(int result, const std::string& what) {
    if (result < 0) {
        fail(what);
    }
    return result;
}

} // namespace fwlearn::kernel_test
