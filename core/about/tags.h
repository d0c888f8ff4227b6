/*
 * tags: the tags of a resource, by the rules of AWS DMS.
 *
 * At most 10, in the order in which they were added, with unique keys. A list is immutable and reference counted:
 * adding and removing create a new one. NULL is the empty list, and every function accepts it.
 *
 * A key has 1 to 128 Unicode characters, a value 0 to 256: letters, separators, numbers (\p{L}, \p{Z}, \p{N}) and _ . :
 * / = + -. Neither may begin with "aws:" or "dms:" in any case, which AWS reserves. Keys are compared byte by byte:
 * case and composition matter. Tags are not secret and are not wiped.
 */
#ifndef CERTFS_CORE_ABOUT_TAGS_H
#define CERTFS_CORE_ABOUT_TAGS_H

#include <stdbool.h>

#include "core/base/buf.h"

enum { TAGS_MAX = 10, TAGS_KEY_MAX = 128, TAGS_VALUE_MAX = 256 /* characters */ };

struct tags;

struct tag {
    const char *key;
    const char *value; /* "" if there is none */
};

/* A tag to be added, not validated yet. */
struct tag_input {
    struct span key;
    struct span value;
};

struct tags *tags_ref(struct tags *tags);
void tags_unref(struct tags *tags);
void tags_unrefp(struct tags **tags);

size_t tags_count(const struct tags *tags);

/* Returns the tag at this index, which must be below the count; valid as long as the list. */
const struct tag *tags_at(const struct tags *tags, size_t index);

/* True if both have the same keys and values, in any order. */
bool tags_equal(const struct tags *a, const struct tags *b);

/*
 * Returns the old tags with the added ones. A key that exists keeps its place and gets the new value. An entry without
 * key and value is ignored: the AWS CLI's skeleton leaves one.
 *
 * `field` is the path of the added list; a fault names the entry by its index, from 0 ("Tags[2].Key"), and a character
 * by its position, from 1. Faults: missing_field (a value without a key), duplicate_field (a key added twice),
 * too_large (lengths, or more than 10 tags added or in total), wrong_type (anything else about a key or a value),
 * no_memory.
 */
MUST_CHECK int tags_add(const struct tags *old, const struct tag_input *added, size_t count, const char *field,
                        struct tags **ret, struct fault *f);

/* Returns the old tags without those keys; unknown keys are ignored. Fault: no_memory. */
MUST_CHECK int tags_remove(const struct tags *old, const struct span *keys, size_t count, struct tags **ret,
                           struct fault *f);

#endif
