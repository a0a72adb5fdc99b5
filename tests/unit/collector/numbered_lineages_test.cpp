// Is a lineage found by its number as long as somebody may ask for it?
#include <doctest/doctest.h>
#include <numbered_lineages.hpp>

using namespace fwlearn::collector::process;

namespace {

Lineage process(std::uint32_t pid, std::uint32_t uid = 0) {
    Lineage lineage;
    lineage.process.pid = pid;
    lineage.process.uid = uid;
    return lineage;
}

} // namespace

TEST_CASE("the same process as it was has the same number, and another one when it has changed") {
    NumberedLineages numbered;
    const auto one = numbered.number_of(process(1));
    CHECK(numbered.number_of(process(1)) == one);
    CHECK(numbered.number_of(process(2)) != one);
    CHECK(numbered.number_of(process(1, 33)) != one);
    CHECK(numbered.find(one) == process(1));
    CHECK_FALSE(numbered.find(one + 1000));
}

TEST_CASE("numbers that were just given are found, however many there were before") {
    NumberedLineages numbered;
    auto last = numbered.number_of(process(0));
    for (std::uint32_t pid = 1; pid < 20'000; ++pid) {
        const auto number = numbered.number_of(process(pid));
        CHECK(numbered.find(last) == process(pid - 1));
        last = number;
    }
    CHECK_FALSE(numbered.find(numbered.number_of(process(0)) - 19'999)); // memory is bounded
}
