// Does nft itself make the same rules of a file, whatever foreign strings its comments were made of?
#include "hostile_record.hpp"
#include "throwaway_namespace.hpp"

#include <analyzer/render/nft.hpp>
#include <analyzer/suggest.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace fwlearn;

namespace {

std::string rules_of(std::span<const std::string> strings) {
    return analyzer::render_nft(
        analyzer::suggest(tests::record_with(strings), tests::whatever_it_is_called()));
}

} // namespace

TEST_CASE("nft makes the same rules of the file whatever the strings are, and none but these") {
    constexpr std::size_t random_files = 300;
    const tests::ThrowawayNamespace nft;
    nft.write("harmless", rules_of(std::vector<std::string>{"word"}));
    std::size_t files = 0;
    for (const auto& killer : tests::known_killers()) {
        nft.write("hostile" + std::to_string(files++), rules_of(std::vector<std::string>{killer}));
    }
    std::mt19937_64 random(2);
    for (std::size_t index = 0; index < random_files; ++index) {
        std::vector<std::string> strings(tests::places);
        std::generate(strings.begin(), strings.end(), [&random] { return tests::random_bytes(random); });
        nft.write("hostile" + std::to_string(files++), rules_of(strings));
    }
    const auto [status, log] = nft.run(R"(
rules() { nft -c -f "$1"; nft -f "$1"; nft -s list ruleset | sed 's/ comment ".*"//'; nft flush ruleset; }
rules harmless >expected
grep -q 'policy drop' expected
tried=0
for file in hostile*; do
    rules "$file" >found
    cmp expected found || { echo "$file differs"; exit 1; }
    tried=$((tried + 1))
done
echo "$tried tried"
)");
    CHECK(status == 0);
    CHECK(log == std::to_string(files) + " tried\n");
}
