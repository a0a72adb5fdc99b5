// For test cases that only root can run, in programs that need no privilege otherwise. Where one is left out
// it is said, and how many were at the end of the program. Implemented beside main() (doctest_main.cpp).
#pragma once

namespace fwlearn::tests {

/// Whether the running test case may go on; else it is to return.
bool has_root();

} // namespace fwlearn::tests
