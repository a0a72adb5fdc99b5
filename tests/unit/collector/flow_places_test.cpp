// Is who had a key found in memory that the programs write at the same time, and never half of what they
// wrote?
#include <bpf/flow_places.h>
#include <doctest/doctest.h>
#include <flow_places.hpp>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

using namespace fwlearn::collector::process;

namespace {

constexpr std::uint64_t seed = 0x5eed;

/// Memory as the map's is, and what the programs do with it.
struct Map {
    std::vector<fwlearn_bucket> buckets = std::vector<fwlearn_bucket>(FWLEARN_BUCKETS);

    fwlearn_bucket& bucket(const fwlearn_flow_key& key) { return buckets[bucket_of(key_hash(&key, seed))]; }
    bool file(const fwlearn_flow_key& key, std::uint64_t actor, std::uint64_t at,
              std::uint16_t was_open = 0) {
        const fwlearn_use use{actor, actor, at};
        return file_in(&bucket(key), tag_of(key_hash(&key, seed)), &key, &use, was_open);
    }
    /// The actor; 0 where there is none.
    [[nodiscard]] std::uint64_t found(const fwlearn_flow_key& key,
                                      std::optional<std::uint64_t> not_after = {}) const {
        const auto filed = places().find(key, not_after);
        return filed ? filed->use.actor : 0;
    }
    [[nodiscard]] FlowPlaces places() const {
        return {std::span<const fwlearn_bucket, FWLEARN_BUCKETS>(buckets), seed};
    }
    /// The places that have the key.
    std::vector<fwlearn_place*> of(const fwlearn_flow_key& key) {
        std::vector<fwlearn_place*> result;
        for (auto& place : bucket(key).place) {
            if (same_key(&place.key, &key)) {
                result.push_back(&place);
            }
        }
        return result;
    }
};

fwlearn_flow_key key_of(std::uint32_t number) {
    fwlearn_flow_key key{};
    key.netns = 1;
    key.destination[10] = 0xff;
    key.destination[11] = 0xff;
    key.destination[12] = 10;
    key.destination[14] = static_cast<std::uint8_t>(number >> 16U);
    key.source_port = static_cast<std::uint16_t>(number);
    key.destination_port = 53;
    key.protocol = 17;
    return key;
}

/// Keys that all have the bucket of the first.
std::vector<fwlearn_flow_key> neighbours(std::size_t count) {
    std::vector<fwlearn_flow_key> result{key_of(0)};
    const auto bucket = bucket_of(key_hash(&result[0], seed));
    for (std::uint32_t number = 1; result.size() < count; ++number) {
        const auto key = key_of(number);
        if (bucket_of(key_hash(&key, seed)) == bucket) {
            result.push_back(key);
        }
    }
    return result;
}

/// In units of which a place's head tells older from newer.
constexpr std::uint64_t tick = 65536;

} // namespace

TEST_CASE("what was filed is found, and nothing else") {
    Map map;
    CHECK(map.found(key_of(1)) == 0);
    CHECK(map.file(key_of(1), 100, 5 * tick));
    CHECK(map.file(key_of(2), 200, 6 * tick, FWLEARN_USE_WAS_OPEN));
    CHECK(map.found(key_of(1)) == 100);
    CHECK(map.found(key_of(2)) == 200);
    CHECK(map.found(key_of(3)) == 0);
    CHECK_FALSE(map.places().find(key_of(1), {})->was_open);
    CHECK(map.places().find(key_of(2), {})->was_open);
    CHECK_FALSE(FlowPlaces().find(key_of(1), {}));
}

TEST_CASE("who asks about an older packet is told who had the ports then, three uses back") {
    Map map;
    const auto key = key_of(1);
    for (const std::uint64_t actor : {1U, 2U, 3U, 4U}) {
        CHECK(map.file(key, actor, actor * 10 * tick, actor == 2 ? FWLEARN_USE_WAS_OPEN : 0));
    }
    CHECK(map.found(key) == 4);
    CHECK(map.found(key, 40 * tick) == 4);
    CHECK(map.found(key, 40 * tick - 1) == 3);
    CHECK(map.found(key, 25 * tick) == 2);
    CHECK(map.found(key, 20 * tick - 1) == 0); // it was the first one's, of whom nothing is left
    CHECK(map.places().find(key, 25 * tick)->was_open);
    CHECK_FALSE(map.places().find(key, 35 * tick)->was_open);
    CHECK(map.of(key).size() == 1);
}

TEST_CASE("who files again has had the key since he first filed it") {
    Map map;
    const auto key = key_of(1);
    map.file(key, 1, 10 * tick, FWLEARN_USE_WAS_OPEN);
    map.file(key, 2, 20 * tick, FWLEARN_USE_WAS_OPEN);
    map.file(key, 2, 30 * tick);
    CHECK(map.found(key, 20 * tick) == 2);
    CHECK(map.found(key, 19 * tick) == 1);
    CHECK_FALSE(map.places().find(key, {})->was_open); // he has been seen to send since
    CHECK(map.places().find(key, 19 * tick)->was_open);
}

TEST_CASE("a place that is being written is not read, and is not taken by another writer") {
    Map map;
    const auto keys = neighbours(2);
    map.file(keys[0], 1, 10 * tick);
    auto* const place = map.of(keys[0]).at(0);
    REQUIRE(claim(place));
    CHECK_FALSE(claim(place));
    CHECK(map.found(keys[0]) == 0);
    CHECK(map.file(keys[1], 2, 20 * tick));
    CHECK(map.found(keys[1]) == 2);
    release(place);
    CHECK(map.found(keys[0]) == 1);
}

TEST_CASE("a key in two places is the newest one's, and before that the older one's") {
    Map map;
    const auto keys = neighbours(2);
    const auto& key = keys[0];
    map.file(keys[1], 9, 5 * tick);
    map.file(key, 1, 10 * tick);
    auto* const held_up = map.of(key).at(0);
    REQUIRE(claim(held_up));
    CHECK(map.file(key, 2, 20 * tick));
    release(held_up);
    REQUIRE(map.of(key).size() == 2);
    CHECK(map.found(key) == 2);
    CHECK(map.found(key, 15 * tick) == 1);
    // What is filed next goes to one of them.
    CHECK(map.file(key, 3, 30 * tick));
    CHECK(map.of(key).size() == 2);
    CHECK(map.found(key) == 3);
    CHECK(map.found(key, 25 * tick) == 2);
    CHECK(map.found(key, 15 * tick) == 1);
}

TEST_CASE("where there is no room, what was filed longest ago makes some") {
    Map map;
    const auto keys = neighbours(FWLEARN_WAYS + 2);
    for (std::size_t i = 0; i < FWLEARN_WAYS; ++i) {
        CHECK(map.file(keys[i], i + 1, (i + 1) * tick));
    }
    CHECK(map.file(keys[0], 1, 100 * tick)); // again: now the second is the oldest
    CHECK(map.file(keys[FWLEARN_WAYS], 1000, 101 * tick));
    CHECK(map.found(keys[0]) == 1);
    CHECK(map.found(keys[1]) == 0);
    for (std::size_t i = 2; i < FWLEARN_WAYS; ++i) {
        CHECK(map.found(keys[i]) == i + 1);
    }
    CHECK(map.found(keys[FWLEARN_WAYS]) == 1000);
    // Who got a place has it to himself.
    CHECK(map.places().find(keys[FWLEARN_WAYS], 100 * tick).has_value() == false);
}

TEST_CASE(
    "what another writer files at the same moment does not make room again, and without room it is told") {
    Map map;
    const auto keys = neighbours(FWLEARN_WAYS + 1);
    for (std::size_t i = 0; i < FWLEARN_WAYS; ++i) {
        CHECK(map.file(keys[i], i + 1, 7 * tick));
    }
    CHECK_FALSE(map.file(keys[FWLEARN_WAYS], 1000, 7 * tick));
    for (auto& place : map.bucket(keys[0]).place) {
        REQUIRE(claim(&place));
    }
    CHECK_FALSE(map.file(keys[FWLEARN_WAYS], 1000, 8 * tick));
    for (auto& place : map.bucket(keys[0]).place) {
        release(&place);
    }
    CHECK(map.file(keys[FWLEARN_WAYS], 1000, 8 * tick));
}

TEST_CASE("flows spread over the buckets: of two seconds' twenty thousand next to none pushes out another") {
    Map map;
    constexpr std::uint32_t flows = 20'000;
    for (std::uint32_t i = 0; i < flows; ++i) {
        CHECK(map.file(key_of(i), i + 16, (i + 1) * tick));
    }
    std::uint32_t lost = 0;
    for (std::uint32_t i = 0; i < flows; ++i) {
        lost += map.found(key_of(i)) == i + 16 ? 0 : 1;
    }
    CHECK(lost < 5); // 0.1 is expected
}

TEST_CASE("beside writers that are at the same places nothing is read that nobody filed") {
    Map map;
    const auto keys = neighbours(FWLEARN_WAYS + 1); // more than have room
    std::atomic<bool> enough = false;
    std::vector<std::thread> writers;
    for (unsigned writer = 0; writer < 2; ++writer) {
        writers.emplace_back([&, writer] {
            for (std::uint64_t round = 1; !enough.load(std::memory_order_relaxed); ++round) {
                const auto which = round % 8 == 0 ? round / 8 % keys.size() : 0; // most to one place
                // All of a use follows from its key and its time.
                const auto at = (round * 2 + writer) * tick;
                map.file(keys[which], at * keys.size() + which, at);
            }
        });
    }
    const auto places = map.places();
    std::uint64_t wrong = 0;
    std::uint64_t found = 0;
    for (unsigned look = 0; look < 1'000'000; ++look) {
        const auto which = look % 8 == 0 ? look / 8 % keys.size() : 0;
        if (const auto filed = places.find(keys[which], {})) {
            ++found;
            const auto& use = filed->use;
            wrong += use.actor == use.filed_at * keys.size() + which && use.creator == use.actor ? 0 : 1;
        }
    }
    enough = true;
    for (auto& writer : writers) {
        writer.join();
    }
    CHECK(wrong == 0);
    for (const auto& place : map.buckets[bucket_of(key_hash(keys.data(), seed))].place) {
        CHECK(place.sequence % 2 == 0);
    }
    CHECK(found > 0);
}
