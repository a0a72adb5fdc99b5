// The main() of the tests that need no privilege. A test program writes nothing but doctest's report, and how
// many test cases were skipped for want of root.
#include "needs_root.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <iostream>

namespace {
int skipped = 0;
} // namespace

bool fwlearn::tests::has_root() {
    if (geteuid() == 0) {
        return true;
    }
    ++skipped;
    MESSAGE("SKIPPED: needs root");
    return false;
}

int main(int argc, char** argv) {
    const int status = doctest::Context(argc, argv).run();
    if (skipped > 0) {
        std::cout << "skipped for want of root: " << skipped << " test cases\n";
    }
    return status;
}
