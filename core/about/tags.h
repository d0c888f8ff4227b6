/*
 * tags: the labels of a resource, by the rules of AWS DMS.
 *
 * At most 10, in the order in which they were added; no key stands twice. A list is immutable and reference counted:
 * adding and removing make another one. NULL is the empty list, and every function takes it.
 *
 * A key has 1 to 128 characters of Unicode, a value 0 to 256: letters, separators, numbers (\p{L}, \p{Z}, \p{N}) and
 * _ . : / = + -. Neither begins with "aws:" or "dms:", in upper or lower case, as AWS reserves both. Keys are compared
 * byte by byte: case matters, and so does composition. Tags are no secret; they are not wiped.
 */
#ifndef CERTFS_CORE_ABOUT_TAGS_H
#define CERTFS_CORE_ABOUT_TAGS_H

#include <stdbool.h>

#include "core/base/buf.h"

enum { TAGS_MAX = 10, TAGS_KEY_MAX = 128, TAGS_VALUE_MAX = 256 /* characters */ };

struct tags;

struct tag {
    const char *key;
    const char *value; /* "" for none */
};

/* A tag that is to be added, unchecked. */
struct tag_input {
    struct span key;
    struct span value;
};

struct tags *tags_ref(struct tags *tags);
void tags_unref(struct tags *tags);
void tags_unrefp(struct tags **tags);

size_t tags_count(const struct tags *tags);

/* The tag at this index, which is below the count; lives as long as the list. */
const struct tag *tags_at(const struct tags *tags, size_t index);

/* Whether both have the same keys with the same values, in whatever order. */
bool tags_equal(const struct tags *a, const struct tags *b);

/*
 * The old tags and the added ones. A key that the old ones have keeps its place and gets the new value. An entry
 * without key and value is ignored: the AWS CLI's skeleton leaves one.
 *
 * `field` is the path of the added list; a fault names the entry by its index in it, from 0 ("Tags[2].Key"), and a
 * character by its position, from 1. Faults: missing_field for a value without a key; duplicate_field for a key that
 * is added twice; too_large for lengths and for more than 10 tags, the added or all together; wrong_type for what
 * else is wrong with a key or a value; no_memory.
 */
MUST_CHECK int tags_add(const struct tags *old, const struct tag_input *added, size_t count, const char *field,
                        struct tags **ret, struct fault *f);

/* The old tags without those of these keys; a key that is not there is ignored. Fault: no_memory. */
MUST_CHECK int tags_remove(const struct tags *old, const struct span *keys, size_t count, struct tags **ret,
                           struct fault *f);

#endif
