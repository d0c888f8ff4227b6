/*
 * nearest: of the names that would have been right, the one that looks most like what was written.
 */
#ifndef CERTFS_CORE_NEAREST_H
#define CERTFS_CORE_NEAREST_H

#include <stddef.h>

/*
 * The index of the name with the smallest edit distance to `written`; letters that differ in case alone count as
 * nearly equal. `name_at` gives the names; there must be at least one.
 */
size_t nearest_find(const char *written, const char *(*name_at)(const void *names, size_t index), const void *names,
                    size_t count);

#endif
