/*
 * text: C strings for messages.
 */
#ifndef CERTFS_CORE_BASE_TEXT_H
#define CERTFS_CORE_BASE_TEXT_H

#include <stddef.h>

/* If a text fills its `size` bytes (8 or more), ends it in "..." to mark it as truncated, not inside an escape. */
void text_cut(char *ret, size_t size);

/* Replaces characters that are not printable ASCII by '?'. */
void text_make_printable(char *text);

#endif
