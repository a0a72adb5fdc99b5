// The main() of every kernel test: says so and counts as skipped (ctest's SKIP_RETURN_CODE) where it cannot
// run. As root it never skips: what is missing then is a failure.
#include <doctest/doctest.h>
#include <unistd.h>

#include <iostream>

int main(int argc, char** argv) {
    constexpr int skipped = 77;
    if (geteuid() != 0) {
        std::cout << "SKIP: network namespaces, nftables and raw sockets need root\n";
        return skipped;
    }
    return doctest::Context(argc, argv).run();
}
