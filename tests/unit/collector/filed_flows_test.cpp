// Is who had a key found in a ring that the programs write at the same time, and never half of what they
// wrote?
#include <bpf/filings.h>
#include <doctest/doctest.h>
#include <filed_flows.hpp>

#include <atomic>
#include <thread>
#include <vector>

using namespace fwlearn::collector::process;

namespace {

constexpr std::uint64_t seed = 0x5eed;
constexpr std::uint64_t size = FWLEARN_FILINGS;

/// Memory as the map's is.
std::vector<fwlearn_filing> ring(size);

fwlearn_filing* filing_at(__u32 index) {
    return &ring.at(index);
}

/// What the programs do with the ring, and who reads it.
struct Ring {
    __u64 filed = 0;
    FiledFlows flows = made();

    bool file(const fwlearn_flow_key& key, std::uint64_t actor, std::uint64_t at,
              std::uint32_t was_open = 0) {
        const fwlearn_use use{actor, actor, at};
        return file_next(filing_at, FWLEARN_FILING_BITS, &filed, &key, &use, was_open);
    }
    /// The actor; 0 where there is none.
    std::uint64_t found(const fwlearn_flow_key& key, std::optional<std::uint64_t> not_after = {}) {
        const auto filing = flows.find(key, not_after);
        return filing ? filing->use.actor : 0;
    }

  private:
    FiledFlows made() {
        ring.assign(size, {});
        return {std::span<const fwlearn_filing>(ring), &filed, seed};
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

} // namespace

TEST_CASE("what was filed is found, and nothing else") {
    Ring it;
    CHECK(it.found(key_of(1)) == 0);
    CHECK(it.file(key_of(1), 100, 5));
    CHECK(it.file(key_of(2), 200, 6, 1));
    CHECK(it.found(key_of(1)) == 100);
    CHECK(it.found(key_of(2)) == 200);
    CHECK(it.found(key_of(3)) == 0);
    CHECK(it.flows.find(key_of(1), {})->was_open == 0);
    CHECK(it.flows.find(key_of(2), {})->was_open == 1);
    CHECK(it.flows.filed() == 2);
    CHECK_FALSE(FiledFlows().find(key_of(1), {}));
}

TEST_CASE("who asks about an older packet is told who had the ports then, however often they changed hands") {
    Ring it;
    const auto key = key_of(1);
    constexpr std::uint64_t uses = 1000;
    for (std::uint64_t actor = 1; actor <= uses; ++actor) {
        CHECK(it.file(key, actor, actor * 10));
    }
    CHECK(it.found(key) == uses);
    CHECK(it.found(key, uses * 10) == uses);
    CHECK(it.found(key, uses * 10 - 1) == uses - 1);
    CHECK(it.found(key, 25) == 2);
    CHECK(it.found(key, 10) == 1);
    CHECK(it.found(key, 9) == 0);
}

TEST_CASE("so many are kept, and who asks for what has made room is told nothing") {
    Ring it;
    const auto last = static_cast<std::uint32_t>(size + size / 2);
    for (std::uint32_t number = 0; number < last; ++number) {
        it.file(key_of(number), number + 1, number);
        if (number % 10'000 == 0) { // reads now and then
            CHECK(it.found(key_of(number)) == number + 1);
        }
    }
    for (std::uint32_t number = 0; number < last; ++number) {
        CHECK(it.found(key_of(number)) == (number + size < last ? 0 : number + 1));
    }
}

TEST_CASE("when the oldest was filed that is kept is told as soon as one had to make room") {
    Ring it;
    CHECK_FALSE(FiledFlows().oldest());
    for (std::uint32_t number = 0; number < size; ++number) {
        it.file(key_of(number), 1, number);
    }
    CHECK_FALSE(it.flows.oldest());
    for (std::uint32_t number = 0; number < 3; ++number) {
        it.file(key_of(number), 1, size + number);
    }
    CHECK(it.flows.oldest() == 3);
    ring.at(3).stamp -= 1; // which is being written over
    CHECK(it.flows.oldest() == 4);
}

TEST_CASE("who reads for the first time when all has been given out many times finds the newest") {
    Ring it;
    it.filed = (__u64{1} << 33U) + 7; // beyond 32 bits
    for (auto& filing : ring) {
        filing.stamp = stamp_of(it.filed - size, FWLEARN_FILING_BITS);
    }
    for (std::uint32_t number = 0; number < 3 * size; ++number) {
        it.file(key_of(number), number + 1, number);
    }
    for (std::uint32_t number = 2 * size; number < 3 * size; ++number) {
        CHECK(it.found(key_of(number)) == number + 1);
    }
    CHECK(it.found(key_of(2 * size - 1)) == 0);
}

TEST_CASE("what is being written is not read, and keeps nobody from what was filed behind it") {
    Ring it;
    it.file(key_of(1), 1, 10);
    const auto held_up = it.filed++;
    REQUIRE(claim(&ring[held_up], stamp_of(held_up, FWLEARN_FILING_BITS)));
    it.file(key_of(2), 2, 20);
    CHECK(it.found(key_of(1)) == 1);
    CHECK(it.found(key_of(2)) == 2);
    CHECK(it.found(key_of(3)) == 0);
    ring[held_up].key = key_of(3);
    ring[held_up].use = {3, 3, 15};
    CHECK(it.found(key_of(3)) == 0);
    give_out(&ring[held_up], stamp_of(held_up, FWLEARN_FILING_BITS));
    CHECK(it.found(key_of(3)) == 3);
    CHECK(it.found(key_of(3), 14) == 0);
    it.file(key_of(3), 4, 30);
    CHECK(it.found(key_of(3)) == 4);
    CHECK(it.found(key_of(3), 20) == 3);
}

TEST_CASE(
    "whose place was given out again while he was held up takes another, and so does who would take it") {
    Ring it;
    const auto held_up = it.filed++; // and has not begun to write
    for (std::uint32_t number = 1; number <= size; ++number) {
        it.file(key_of(number), number, number);
    }
    CHECK(it.found(key_of(size)) == size);
    CHECK_FALSE(claim(&ring[held_up], stamp_of(held_up, FWLEARN_FILING_BITS)));
    const auto writing = it.filed++; // and has begun
    REQUIRE(claim(&ring[writing % size], stamp_of(writing, FWLEARN_FILING_BITS)));
    for (std::uint32_t number = 1; number <= size; ++number) {
        CHECK(it.file(key_of(number), number + size, number + size));
    }
    CHECK(it.found(key_of(size)) == 2 * size);
    give_out(&ring[writing % size], stamp_of(writing, FWLEARN_FILING_BITS));
    CHECK(it.found(key_of(size)) == 2 * size);
    CHECK(it.filed == 2 * size + 3); // one more than was wanted
}

TEST_CASE("who files the same again need not, until others have filed much or somebody else has the key") {
    const auto key = key_of(1);
    const auto hash = key_hash(&key, seed);
    const fwlearn_use use{16, 16, 1};
    const fwlearn_use later{16, 16, 2};
    const fwlearn_use others{17, 16, 1};
    const fwlearn_use passed_on{16, 17, 1};
    const auto last = as_last(sign_of(hash, &use), 5);
    CHECK(is_filed(last, sign_of(hash, &use), 6));
    CHECK(is_filed(last, sign_of(hash, &later), 4 + size / 2));
    CHECK_FALSE(is_filed(last, sign_of(hash, &use), 5 + size / 2));
    CHECK_FALSE(is_filed(last, sign_of(hash, &others), 6));
    CHECK_FALSE(is_filed(last, sign_of(hash, &passed_on), 6));
    CHECK_FALSE(is_filed(0, sign_of(hash, &use), 6));
    const auto other = key_of(2);
    CHECK(sign_of(hash, &use) != sign_of(key_hash(&other, seed), &use));
    const auto before_wrap = as_last(sign_of(hash, &use), (std::uint64_t{1} << 32U) - 3);
    CHECK(is_filed(before_wrap, sign_of(hash, &use), (std::uint64_t{1} << 32U) + 3));
}

TEST_CASE("a user's first filings of a second are kept apart, and the rest are not") {
    fwlearn_share share{};
    constexpr std::uint64_t second = std::uint64_t{1} << 30U;
    for (const std::uint64_t begin : {5 * second, 6 * second, std::uint64_t{1} << 62U}) {
        for (std::uint64_t number = 0; number < FWLEARN_FIRST_OF_EACH; ++number) {
            CHECK(is_among_first(&share, begin + number));
        }
        CHECK_FALSE(is_among_first(&share, begin + FWLEARN_FIRST_OF_EACH));
        CHECK_FALSE(is_among_first(&share, begin + second - 1));
    }
}

TEST_CASE("by what both rings hold a filing is old as soon as it may be in the older half of its own") {
    constexpr std::uint64_t others = 7;
    constexpr std::uint64_t firsts = 1'000;
    const auto then = filed_in_all(others, firsts);
    const auto age = [then](std::uint64_t later) { return later - then; };
    CHECK(age(filed_in_all(others + size / 2 - 1, firsts)) < size / 2);
    CHECK(age(filed_in_all(others + size / 2, firsts)) >= size / 2);
    CHECK(age(filed_in_all(others, firsts + FWLEARN_FIRST_FILINGS / 2 - 1)) < size / 2);
    CHECK(age(filed_in_all(others, firsts + FWLEARN_FIRST_FILINGS / 2)) >= size / 2);
}

TEST_CASE("beside writers nothing is read that nobody filed") {
    Ring it;
    constexpr std::uint32_t keys = 16;
    std::atomic<std::uint64_t> read = 0; // of what was filed
    std::atomic<bool> enough = false;
    std::vector<std::thread> writers;
    for (unsigned writer = 0; writer < 2; ++writer) {
        writers.emplace_back([&, writer] {
            for (std::uint64_t round = 1; !enough.load(std::memory_order_relaxed); ++round) {
                // Ahead of the reader by more than the ring holds, but not so far that he sees nothing at
                // all.
                while (it.flows.filed() > read + size + size / 2 && !enough) {
                    std::this_thread::yield();
                }
                const auto which = static_cast<std::uint32_t>(round % keys);
                // All of a use follows from its key and its time.
                const auto at = round * 2 + writer;
                it.file(key_of(which), at * keys + which, at);
            }
        });
    }
    std::uint64_t wrong = 0;
    std::uint64_t found = 0;
#ifdef FWLEARN_SANITIZED // each look reads what was filed meanwhile, up to a whole ring
    constexpr unsigned looks = 500;
#else
    constexpr unsigned looks = 20'000;
#endif
    for (unsigned look = 0; look < looks || found == 0; ++look) {
        const auto which = look % keys;
        const auto filed = it.flows.filed();
        if (const auto filing = it.flows.find(key_of(which), {})) {
            ++found;
            const auto& use = filing->use;
            wrong += use.actor == use.filed_at * keys + which && use.creator == use.actor ? 0 : 1;
        }
        read = filed;
    }
    enough = true;
    for (auto& writer : writers) {
        writer.join();
    }
    CHECK(wrong == 0);
    for (const auto& filing : ring) {
        CHECK(filing.stamp % 2 == 0);
    }
}
