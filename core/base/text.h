/*
 * text: C strings for messages.
 */
#ifndef CERTFS_CORE_BASE_TEXT_H
#define CERTFS_CORE_BASE_TEXT_H

#include <stddef.h>

/* If a text fills its `size` bytes (8 or more), ends it in "..." to mark it as truncated, not inside an escape. */
void text_cut(char *ret, size_t size);

/* Copies a text into `ret`, of `size` bytes (8 or more); one that is longer ends in "...". */
void text_fit(const char *text, char *ret, size_t size);

/* Copies a text that ends at its NUL or with `limit` bytes; what does not fit into `size` (1 or more) is left out. */
void text_copy(const char *text, size_t limit, char *ret, size_t size);

/* Returns the name if it has at most `limit` characters, else `otherwise`: a name that is cut is another name. */
const char *text_whole(const char *name, size_t limit, const char *otherwise);

/* Replaces characters that are not printable ASCII by '?'. */
void text_make_printable(char *text);

#endif
