/*
 * nearest: suggests the known name that was probably meant, or lists the known names.
 */
#ifndef CERTFS_CORE_JSON_NEAREST_H
#define CERTFS_CORE_JSON_NEAREST_H

#include <stddef.h>

/* Returns the name at an index; NULL for one that must not be suggested. */
typedef const char *nearest_name_at(const void *names, size_t index);

/*
 * Returns the index of the name nearest to `written`: equal except for case, hyphens and underscores, one inside the
 * other, or at most a third of it changed. Returns `count` if there is none.
 */
size_t nearest_find(const char *written, nearest_name_at *name_at, const void *names, size_t count);

/* Writes as many names as fit, in their order: "a, b, c", followed by ", and more" if some are left out. */
void nearest_list(nearest_name_at *name_at, const void *names, size_t count, char *ret, size_t size);

#endif
