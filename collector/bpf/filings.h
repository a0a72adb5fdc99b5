/* How a use of a flow's key gets into the ring of filings: one after the other, so that whoever sends touches
 * memory that is on its way into the cache already, and in an order that the collector can read along. Two
 * writers never have one place together, and none waits for another. Plain C without helpers of the kernel's,
 * so that a test can write as the programs do. Called by file.h; read by
 * collector/process/filed_flows.cpp.
 */
#ifndef FWLEARN_FILINGS_H
#define FWLEARN_FILINGS_H

#include "key_words.h"

/* A place of the ring by its index; NULL never happens, but the verifier does not know. */
typedef struct fwlearn_filing* (*find_place)(__u32 index);

/* What a place says that holds the filing of this number in a ring of 2^bits places: even, and another each
 * time around. */
static inline __attribute__((always_inline)) __u32 stamp_of(__u64 number, __u32 bits) {
    return (__u32)(number >> bits) * 2 + 2;
}

/* Somebody may be at it who was held up for so long that all places were given out once more meanwhile: he or
 * whoever came later has it. All atomic operations here give back a value, which makes them full barriers
 * (Documentation/bpf/standardization/instruction-set.rst has the operations, Documentation/atomic_t.txt the
 * order; without BPF_FETCH there is none on arm64). */
static inline __attribute__((always_inline)) bool claim(struct fwlearn_filing* filing, __u32 stamp) {
    const __u32 before = *(volatile __u32*)&filing->stamp;
    return before % 2 == 0 && (__s32)(before - stamp) < 0 &&
           __sync_val_compare_and_swap(&filing->stamp, before, stamp - 1) == before;
}

/* Programs run to their end, so that whatever was claimed is given out. */
static inline __attribute__((always_inline)) void give_out(struct fwlearn_filing* filing, __u32 stamp) {
    __sync_lock_test_and_set(&filing->stamp, stamp);
}

/* Linux 6.1 takes no loop whose way back is not a jump ("back-edge"), and clang may lay one out like that. */
#ifdef __clang__
#define UNROLLED _Pragma("unroll")
#else
#define UNROLLED
#endif

/* Nearly always the first is had. */
enum { FWLEARN_TRIES = 4 };

/* Places: a processor fetches two cache lines together. */
enum { FWLEARN_AHEAD = 2 };

/* Files a use of the key in the ring of 2^bits places. False where no place could be had. */
static inline __attribute__((always_inline)) bool file_next(find_place find, __u32 bits, __u64* filed,
                                                            const struct fwlearn_flow_key* key,
                                                            const struct fwlearn_use* use, __u32 was_open) {
    UNROLLED
    for (int tried = 0; tried < FWLEARN_TRIES; ++tried) {
        const __u64 number = __sync_fetch_and_add(filed, 1);
        const __u32 stamp = stamp_of(number, bits);
        struct fwlearn_filing* filing = find((__u32)number & ((1U << bits) - 1));
        if (!filing || !claim(filing, stamp)) {
            continue;
        }
        filing->was_open = was_open;
        filing->key = *key;
        filing->use = *use;
        give_out(filing, stamp);
        const struct fwlearn_filing* next = find((__u32)(number + FWLEARN_AHEAD) & ((1U << bits) - 1));
        if (next) {
            *(const volatile __u32*)&next->stamp; /* nobody waits for it, and it is near when it is wanted */
        }
        return true;
    }
    return false;
}

/* One more of a user's filings, at that time (nanoseconds, monotonic): it is among his first of that second.
 * Programs on several CPUs that count at once may count one for all of them. */
static inline __attribute__((always_inline)) bool is_among_first(struct fwlearn_share* share, __u64 at) {
    const __u32 second = (__u32)(at >> 30);
    if (share->second != second) {
        share->second = second;
        share->filed = 0;
    }
    if (share->filed >= FWLEARN_FIRST_OF_EACH) {
        return false;
    }
    ++share->filed;
    return true;
}

/* By which a filing's age is told, whichever ring it is in: how many there were in each, the ring of the
 * first by how much sooner it is full. */
static inline __attribute__((always_inline)) __u64 filed_in_all(__u64 number, __u64 first_number) {
    return number + first_number * (FWLEARN_FILINGS / FWLEARN_FIRST_FILINGS);
}

/* What says, in one word of memory, who filed a key last: 32 bits that stand for him and the key, and how
 * many were filed until then. */
static inline __attribute__((always_inline)) __u32 sign_of(__u64 hash, const struct fwlearn_use* use) {
    const __u64 who = use->actor * 0x9e3779b97f4a7c15ULL ^ use->creator * 0xc2b2ae3d27d4eb4fULL;
    return (__u32)(((hash ^ who ^ who >> 32) * 0x9e3779b97f4a7c15ULL) >> 32);
}

/* The same use was the last one of its key (as far as is known), and is still among the newer half of its
 * ring. */
static inline __attribute__((always_inline)) bool is_filed(__u64 last, __u32 sign, __u64 filed) {
    return (__u32)(last >> 32) == sign && (__u32)filed - (__u32)last < FWLEARN_FILINGS / 2;
}

static inline __attribute__((always_inline)) __u64 as_last(__u32 sign, __u64 filed) {
    return (__u64)sign << 32 | (__u32)filed;
}

#endif
