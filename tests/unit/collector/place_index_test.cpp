// The open table of the living flows, beside the standard library's.
#include <doctest/doctest.h>
#include <place_index.hpp>

#include <algorithm>
#include <random>
#include <unordered_map>

using namespace fwlearn::collector;

namespace {

/// What a number's hash is: few of them, so that many share one, and next to each other, also round the end.
std::size_t hash_of(PlaceIndex::Number number, std::size_t kinds) {
    const std::size_t kind = number % kinds;
    return kind % 2 == 0 ? kind / 2 : ~(kind / 2);
}

} // namespace

TEST_CASE("the open table holds what the standard library's holds, whatever the hashes are like") {
    for (const std::size_t kinds : {std::size_t{1}, std::size_t{7}, std::size_t{300}, std::size_t{100'000}}) {
        CAPTURE(kinds);
        PlaceIndex index;
        std::unordered_map<PlaceIndex::Number, bool> there;
        std::mt19937 random(static_cast<unsigned>(kinds));
        constexpr PlaceIndex::Number numbers = 600;
        for (int step = 0; step < 20'000; ++step) {
            const auto number = static_cast<PlaceIndex::Number>(random() % numbers);
            const auto is_it = [number](PlaceIndex::Number other) { return other == number; };
            const auto hash = hash_of(number, kinds);
            index.fetch(hash); // which changes nothing
            auto& held = there[number];
            REQUIRE(index.find(hash, is_it) == (held ? number : PlaceIndex::none));
            // In turn it fills and empties.
            const bool fills = step / 2000 % 2 == 0;
            if (held && (!fills || random() % 4 == 0)) {
                index.erase(hash, is_it);
                held = false;
            } else if (!held && (fills || random() % 4 == 0)) {
                index.insert(hash, number);
                held = true;
            } else if (!held) {
                index.erase(hash, is_it); // what is not there
            }
            REQUIRE(index.size() == static_cast<std::size_t>(std::ranges::count_if(
                                        there, [](const auto& one) { return one.second; })));
        }
        for (PlaceIndex::Number number = 0; number < numbers; ++number) {
            REQUIRE(index.find(hash_of(number, kinds), [number](PlaceIndex::Number other) {
                return other == number;
            }) == (there[number] ? number : PlaceIndex::none));
        }
    }
}
