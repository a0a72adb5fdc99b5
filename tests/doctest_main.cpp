// The main() of the tests that need no privilege. A test program writes nothing but doctest's report.
#include <doctest/doctest.h>

int main(int argc, char** argv) {
    return doctest::Context(argc, argv).run();
}
