#include "tests/unit/lib/mutate.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/lib/harness.h"

/* `head` bytes of the sample, then those from `tail` on; bit `flip` (0 to 7) of byte `head` flipped, none with 8. */
static void hand_over(struct span sample, size_t head, size_t tail, unsigned flip, mutant_taker *take, void *context)
{
    size_t len = head + (sample.len - tail);
    unsigned char *bytes = malloc(len == 0 ? 1 : len);
    assert_non_null(bytes);
    memcpy(bytes, sample.data, head);
    memcpy(bytes + head, sample.data + tail, sample.len - tail);
    if (flip < 8)
        bytes[head] ^= (unsigned char)(1U << flip);
    take((struct span){bytes, len}, context);
    free(bytes);
}

size_t mutate_each(struct span sample, size_t stride, mutant_taker *take, void *context)
{
    size_t count = 0;
    for (size_t i = 0; i < sample.len; i += stride) {
        hand_over(sample, i, sample.len, 8, take, context);
        hand_over(sample, i, i + 1, 8, take, context);
        for (unsigned bit = 0; bit < 8; bit++)
            hand_over(sample, i, i, bit, take, context);
        count += 10;
    }
    return count;
}
