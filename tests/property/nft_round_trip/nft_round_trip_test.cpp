// Whitelists of random records, loaded, listed, loaded and listed again by nft: the two listings are the
// same.
#include "random_record.hpp"
#include "throwaway_namespace.hpp"

#include <analyzer/render/nft.hpp>
#include <analyzer/suggest.hpp>

#include <doctest/doctest.h>

using namespace fwlearn;

TEST_CASE("generate, load, list, load, list: the listings are identical") {
    const std::size_t count = tests::record_count() / 50;
    const tests::ThrowawayNamespace nft;
    for (std::size_t seed = 0; seed < count; ++seed) {
        tests::RandomRecord world(seed);
        nft.write(std::to_string(seed) + ".nft", analyzer::render_nft(analyzer::suggest(world.record(40))));
    }
    const auto [status, log] = nft.run(R"(
tried=0
for file in *.nft; do
    nft -f "$file" || { echo "$file does not load"; exit 1; }
    nft -s list ruleset >first
    grep -q 'table inet fwlearn {' first
    nft flush ruleset
    nft -f first || { echo "the listing of $file does not load"; exit 1; }
    nft -s list ruleset >second
    cmp first second || { echo "$file changes"; exit 1; }
    nft flush ruleset
    tried=$((tried + 1))
done
echo "$tried tried"
)");
    CHECK(status == 0);
    CHECK(log == std::to_string(count) + " tried\n");
}

TEST_CASE("a whitelist of 100,000 addresses loads, and all of them are there") {
    model::Record record;
    constexpr std::uint32_t addresses = 100'000;
    for (std::uint32_t index = 0; index < addresses; ++index) {
        model::Flow flow;
        flow.key.owner = model::SocketOwner::user(index % 5, 0);
        // Every third address, so that none of them can be joined.
        flow.key.destination = {
            model::Service::port(model::protocol::tcp, static_cast<std::uint16_t>(index % 7)),
            model::Address::v4(0x0b000000U + 3 * index)};
        flow.counts.count = 1;
        // A thousand an hour: more at once would be a flood.
        flow.counts.first_seen = flow.counts.last_seen =
            model::Timestamp(std::chrono::seconds(1'790'000'000)) + std::chrono::hours(index / 1000);
        flow.hours = {{model::hour_of(flow.counts.first_seen), flow.counts.count}};
        record.flows.push_back(flow);
    }
    const auto whitelist = analyzer::suggest(record);
    std::uint64_t exposure = 0;
    for (const auto& rule : whitelist.rules) {
        exposure += rule.exposure;
    }
    CHECK(exposure == addresses);
    const tests::ThrowawayNamespace nft;
    nft.write("large.nft", analyzer::render_nft(whitelist));
    const auto [status, log] = nft.run(R"(
nft -f large.nft
nft list tables
nft list ruleset | grep -oE '\b11\.[0-9]+\.[0-9]+\.[0-9]+\b' | sort -u | wc -l
)");
    CHECK(status == 0);
    CHECK(log == "table inet fwlearn\n100000\n");
}
