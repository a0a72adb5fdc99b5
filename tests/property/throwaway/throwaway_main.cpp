// The main() of the tests that ask nft itself: says so and counts as skipped (ctest's SKIP_RETURN_CODE) where
// it may not. As root it never skips: what is missing then is a failure.
#include "throwaway_namespace.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <iostream>

int main(int argc, char** argv) {
    constexpr int skipped = 77;
    if (geteuid() != 0 && !fwlearn::tests::ThrowawayNamespace::is_possible()) {
        std::cout << "SKIP: no privilege for a network namespace with nftables, or no nft\n";
        return skipped;
    }
    return doctest::Context(argc, argv).run();
}
