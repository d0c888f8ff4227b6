/*
 * nearest: of the names that would have been right, the one that was probably meant; and a list of them where none was.
 */
#ifndef CERTFS_CORE_JSON_NEAREST_H
#define CERTFS_CORE_JSON_NEAREST_H

#include <stddef.h>

/* The names are given by a function; NULL for one that may not be proposed. */
typedef const char *nearest_name_at(const void *names, size_t index);

/*
 * The index of the name that `written` is a form of: the same but for case, hyphens and underscores, one within the
 * other, or at most a third of it changed. `count` if there is none.
 */
size_t nearest_find(const char *written, nearest_name_at *name_at, const void *names, size_t count);

/* As many of the names as fit, in their order: "a, b, c", and ", and more" where some are left out. */
void nearest_list(nearest_name_at *name_at, const void *names, size_t count, char *ret, size_t size);

#endif
