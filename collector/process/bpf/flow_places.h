/* How a flow gets its place among the sixteen of its bucket: two writers never have one together, and none
 * waits until another is done. Plain C without helpers of the kernel's, so that a test can write as the
 * programs do. Called by attribution.bpf.c; read by collector/process/flow_places.cpp.
 */
#ifndef FWLEARN_FLOW_PLACES_H
#define FWLEARN_FLOW_PLACES_H

#include "key_words.h"

/* Another writer may be at it, on another CPU or preempted on this one. All atomic operations here give back
 * a value, which makes them full barriers (Documentation/bpf/standardization/instruction-set.rst has the
 * operations, Documentation/atomic_t.txt the order; without BPF_FETCH there is none on arm64). */
static inline __attribute__((always_inline)) bool claim(struct fwlearn_place* place) {
    const __u32 sequence = *(volatile __u32*)&place->sequence;
    return sequence % 2 == 0 &&
           __sync_val_compare_and_swap(&place->sequence, sequence, sequence + 1) == sequence;
}

/* Programs run to their end, so that whatever was claimed is given back. */
static inline __attribute__((always_inline)) void release(struct fwlearn_place* place) {
    __sync_lock_test_and_set(&place->sequence, place->sequence + 1);
}

/* A use of the key that has the place. */
static inline __attribute__((always_inline)) void add_use(struct fwlearn_place* place,
                                                          const struct fwlearn_use* use, __u16 was_open) {
    if (place->use[0].actor == use->actor) {
        /* Still the same one's: it has had the key since `filed_at`. */
        place->use[0].creator = use->creator;
        place->was_open = (__u16)((place->was_open & ~FWLEARN_USE_WAS_OPEN) | was_open);
        return;
    }
    place->use[2] = place->use[1];
    place->use[1] = place->use[0];
    place->use[0] = *use;
    place->was_open = (__u16)(place->was_open << 1 | was_open);
    if (place->uses < FWLEARN_USES) {
        ++place->uses;
    }
}

/* What the compiler must not see through: it would make a branch of what follows, and the verifier look at
 * every way through sixteen of them. */
#define OPAQUE(number) __asm__ volatile("" : "+r"(number))

/* Linux 6.1 takes no loop whose way back is not a jump ("back-edge"), and clang may lay one out like that. */
#ifdef __clang__
#define UNROLLED _Pragma("unroll")
#else
#define UNROLLED
#endif

/* Which of a bucket's ways a key may have, and which it would get. */
struct fwlearn_choice {
    __u32 same;   /* the way with the key's tag, + FWLEARN_WAYS; less: there is none */
    __u32 oldest; /* in which nothing was filed for longest; those that never had anything come first */
};

static inline __attribute__((always_inline)) struct fwlearn_choice choose(const struct fwlearn_bucket* bucket,
                                                                          __u64 head) {
    __u64 same = 0; /* of several the last */
    __u64 oldest = ~0ULL >> 1;
    UNROLLED
    for (__u64 way = 0; way < FWLEARN_WAYS; ++way) {
        const __u64 there = bucket->head[way];
        __u64 is_same = (((there ^ head) & FWLEARN_TAG_MASK) - 1) >> 63;
        OPAQUE(is_same);
        same += is_same * (FWLEARN_WAYS + way - same);
        /* Of two times with the number of the way in the place of a tag's lower bits, the less. */
        __u64 older = ((there & ~(__u64)(FWLEARN_WAYS - 1)) | way) - oldest;
        __u64 is_older = older >> 63;
        OPAQUE(is_older);
        oldest += is_older * older;
    }
    struct fwlearn_choice choice;
    choice.same = (__u32)same;
    choice.oldest = (__u32)oldest & (FWLEARN_WAYS - 1);
    return choice;
}

/* Who is at the place now is most likely filing the same key, on another CPU, and done before so many looks
 * are. He may also be held up, or interrupted by us. */
enum { FWLEARN_PATIENCE = 8 };

/* Files in the place that has the key already; false where that could not be had. */
static inline __attribute__((always_inline)) bool file_again(struct fwlearn_bucket* bucket, __u32 way,
                                                             __u64 head, const struct fwlearn_flow_key* key,
                                                             const struct fwlearn_use* use, __u16 was_open) {
    struct fwlearn_place* place = &bucket->place[way];
    if (!same_key(&place->key, key)) {
        return false;
    }
    bool claimed = claim(place);
    UNROLLED
    for (int tried = 0; !claimed && tried < FWLEARN_PATIENCE; ++tried) {
        claimed = claim(place);
    }
    if (!claimed) {
        return false;
    }
    const bool still = same_key(&place->key, key); /* nobody took it in between */
    if (still) {
        bucket->head[way] = head;
        add_use(place, use, was_open);
    }
    release(place);
    return still;
}

/* Files a use of the key; false where no place could be had.
 *
 * Of two writers that file one key at the same time for the first time, or of which one is being held up at
 * its place, each gets a place of his own; so does a key whose tag another one in the bucket has as well.
 * Both are whole and true: who looks takes, of all uses in all places with the key, the newest that is old
 * enough. */
static inline __attribute__((always_inline)) bool file_in(struct fwlearn_bucket* bucket, __u64 tag,
                                                          const struct fwlearn_flow_key* key,
                                                          const struct fwlearn_use* use, __u16 was_open) {
    const __u64 began = use->filed_at >> 16 << FWLEARN_TAG_BITS;
    const __u64 head = began | tag;
    const struct fwlearn_choice choice = choose(bucket, head);
    if (choice.same >= FWLEARN_WAYS &&
        file_again(bucket, choice.same & (FWLEARN_WAYS - 1), head, key, use, was_open)) {
        return true;
    }
    __u32 way = choice.oldest;
    UNROLLED
    for (__u32 tried = 0; tried < FWLEARN_WAYS; ++tried, ++way) {
        way &= FWLEARN_WAYS - 1;
        struct fwlearn_place* place = &bucket->place[way];
        if (!claim(place)) {
            continue;
        }
        /* Another one may have chosen the same, and be done already. */
        const bool old = bucket->head[way] < began;
        if (old) {
            bucket->head[way] = head; /* first: whoever looks for the oldest now takes another */
            place->uses = 1;
            place->was_open = was_open;
            place->key = *key;
            place->use[0] = *use;
        }
        release(place);
        if (old) {
            return true;
        }
    }
    return false;
}

#endif
