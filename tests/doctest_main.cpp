// The main() of every test program. A test program writes nothing but doctest's report.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
