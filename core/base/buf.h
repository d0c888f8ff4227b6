/*
 * buf: the one owner of bytes that came from outside, and of bytes that will be served.
 *
 * There is no "secret buffer" beside it, so nobody has to decide whether bytes are secret: every buf is bounded,
 * grows by allocate-copy-wipe-free (never realloc), and is wiped when it is released. A span borrows bytes and owns
 * nothing; it is valid as long as what it was taken from is not changed.
 */
#ifndef CERTFS_CORE_BASE_BUF_H
#define CERTFS_CORE_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/cleanup.h"
#include "core/base/fault.h"

_Static_assert(sizeof(size_t) >= sizeof(uint64_t), "certfs is for 64-bit systems");

enum { BUF_MAX = 6 * 1024 * 1024 }; /* a document is at most 1 MiB; a record has two, and what was found in them */

struct span {
    const unsigned char *data;
    size_t len;
};

/* All zero is an empty buf, ready for use. */
struct buf {
    unsigned char *data;
    size_t len;
    size_t capacity;
};

/* Borrows the characters of a C string, without its NUL. */
struct span span_of(const char *text);

/* Borrows the content of a buf. */
struct span buf_span(const struct buf *buf);

/* Same length, same bytes; takes the same time wherever they differ. */
bool span_equal(struct span a, struct span b);

/* Gives back the room that it does not use. Fault: no_memory, to move to. On -1 the buf is as it was. */
MUST_CHECK int buf_fit(struct buf *buf, struct fault *f);

/* What is left of a span behind its first `count` bytes; it has that many. */
struct span span_from(struct span span, size_t count);

bool span_starts_with(struct span span, const char *text);

/* The offset of `text` in the span, or the span's length. */
size_t span_find(struct span span, const char *text);

/* Two lower-case hexadecimal digits for each byte, as many as there is room for in `size` bytes, and a NUL. */
void span_hex(struct span span, char *ret, size_t size);

bool span_holds(struct span span, const char *text);

/* Adds bytes at the end. Faults: no_memory, too_large (past BUF_MAX). On -1 the buf is as it was. */
MUST_CHECK int buf_append(struct buf *buf, struct span bytes, struct fault *f);
MUST_CHECK int buf_append_text(struct buf *buf, const char *text, struct fault *f);

/* Makes room for `extra` more bytes, so that the next appends of that many cannot fail. Faults as buf_append. */
MUST_CHECK int buf_reserve(struct buf *buf, size_t extra, struct fault *f);

/* The content as a C string in `ret`, of `size` bytes, cut to fit. */
void buf_copy_text(const struct buf *buf, char *ret, size_t size);

/* Marks a text that fills its `size` bytes (8 or more) as cut: it ends in "...", and not within an escape. */
void text_cut(char *ret, size_t size);

/* Moves the content; `from` is empty afterwards, what `to` held is wiped and released. */
void buf_move(struct buf *to, struct buf *from);

/* Wipes and releases the content; the buf is empty and can be used again. Accepts an empty buf. For CLEANUP too. */
void buf_done(struct buf *buf);

/* Wipes bytes that are no buf's: a local array that a read went through. */
void buf_wipe(void *bytes, size_t len);

#endif
