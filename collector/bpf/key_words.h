/* A flow's key as four words: whether two are the same, and a hash by which it is found. Knows nothing of
 * what is filed. Plain C, included by the programs, by the collector and by its tests, so that all have
 * one hash.
 */
#ifndef FWLEARN_KEY_WORDS_H
#define FWLEARN_KEY_WORDS_H

#include "shapes.h"

#include <stdbool.h>

struct fwlearn_key_words {
    __u64 word[4];
};

static inline __attribute__((always_inline)) struct fwlearn_key_words
key_words(const struct fwlearn_flow_key* key) {
    struct fwlearn_key_words words;
    __builtin_memcpy(&words, key, sizeof(words));
    return words;
}

static inline __attribute__((always_inline)) bool same_key(const struct fwlearn_flow_key* a,
                                                           const struct fwlearn_flow_key* b) {
    const struct fwlearn_key_words left = key_words(a);
    const struct fwlearn_key_words right = key_words(b);
    return left.word[0] == right.word[0] && left.word[1] == right.word[1] && left.word[2] == right.word[2] &&
           left.word[3] == right.word[3];
}

/* By a seed that is another each time: who could choose keys of one hash could make others hard to find. */
static inline __attribute__((always_inline)) __u64 key_hash(const struct fwlearn_flow_key* key, __u64 seed) {
    const struct fwlearn_key_words words = key_words(key);
    __u64 hash = seed;
    for (int i = 0; i < 4; ++i) {
        hash = (hash ^ words.word[i]) * 0x9e3779b97f4a7c15ULL;
        hash ^= hash >> 32; /* a product's upper bits depend on all, its lower ones do not */
    }
    return hash;
}

#endif
