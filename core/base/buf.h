/*
 * buf: the owner of bytes that came from outside, and of bytes that will be served.
 *
 * There is no separate buffer for secrets, so no caller has to decide which bytes are secret: every buf is bounded,
 * grows by allocate, copy, wipe and free (never realloc), and is wiped when released. A span borrows bytes and owns
 * nothing; it is valid as long as the buffer that it points into is not changed.
 */
#ifndef CERTFS_CORE_BASE_BUF_H
#define CERTFS_CORE_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/cleanup.h"
#include "core/base/fault.h" /* handed on */

_Static_assert(sizeof(size_t) >= sizeof(uint64_t), "certfs is for 64-bit systems");

enum { BUF_MAX = 6 * 1024 * 1024 }; /* a document has at most 1 MiB; a record holds two and their findings */

struct span {
    const unsigned char *data;
    size_t len;
};

/* All zero is an empty buf. */
struct buf {
    unsigned char *data;
    size_t len;
    size_t capacity;
};

/* Borrows the characters of a C string, without its NUL. */
struct span span_of(const char *text);

/* Borrows the content of a buf. */
struct span buf_span(const struct buf *buf);

/* Compares in time that depends on the lengths only. */
bool span_equal(struct span a, struct span b);

/* Releases unused capacity. Fault: no_memory (the content is moved). On -1 the buf is unchanged. */
MUST_CHECK int buf_fit(struct buf *buf, struct fault *f);

/* Returns the span behind the first `count` bytes; `count` must not exceed its length. */
struct span span_from(struct span span, size_t count);

bool span_starts_with(struct span span, const char *text);

/* Returns the offset of `text` in the span, or the span's length if it is not there. */
size_t span_find(struct span span, const char *text);

/* Writes two lower-case hexadecimal digits for each byte, as many as fit into `size` bytes with the final NUL. */
void span_hex(struct span span, char *ret, size_t size);

/* Decodes an even number of hexadecimal digits into half as many bytes; false if there are other characters. */
bool span_unhex(struct span text, unsigned char *ret);

bool span_holds(struct span span, const char *text);

/* Appends bytes. Faults: no_memory, too_large (past BUF_MAX). On -1 the buf is unchanged. */
MUST_CHECK int buf_append(struct buf *buf, struct span bytes, struct fault *f);
MUST_CHECK int buf_append_text(struct buf *buf, const char *text, struct fault *f);

/* Reserves space for `extra` more bytes, so that appending that many cannot fail. Faults as buf_append. */
MUST_CHECK int buf_reserve(struct buf *buf, size_t extra, struct fault *f);

/* Copies the content to `ret` as a C string, truncated to `size` bytes. */
void buf_copy_text(const struct buf *buf, char *ret, size_t size);

/* Moves the content. `from` is empty afterwards; the old content of `to` is wiped and released. */
void buf_move(struct buf *to, struct buf *from);

/* Wipes and releases the content; the buf is empty and usable again. Accepts an empty buf. For CLEANUP too. */
void buf_done(struct buf *buf);

/* Wipes bytes that no buf owns, such as a local array used for reading. */
void buf_wipe(void *bytes, size_t len);

#endif
