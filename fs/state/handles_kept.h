/*
 * handles_kept: what is kept of handles in SHARED_OPENS, SHARED_HANDLES and SHARED_UPLOADS; handles.c uses it.
 *
 * No lock: handles.c holds its own while it keeps a text, and the rest is the FUSE thread's.
 */
#ifndef CERTFS_FS_STATE_HANDLES_KEPT_H
#define CERTFS_FS_STATE_HANDLES_KEPT_H

#include "core/base/cleanup.h"
#include "fs/state/opens.h"
#include "fs/state/places.h"
#include "fs/state/top.h"
#include "fs/state/upload_kept.h"
#include "fs/takeover/cells.h"

struct handle;
struct shared;

enum { HANDLES_KEPT_MAX = 8192, HANDLES_PAGES_MAX = 64 };

/* An entry under a number of its own. Members are only ever appended. */
struct kept_handle {
    uint64_t number, request;
    uint64_t seen, poll, text_size;
    uint32_t kind, uid;
    uint32_t counted;    /* by shares */
    uint32_t has_text;   /* a text of a program that reads it */
    uint32_t text_block; /* the text of an answer */
    uint32_t upload;     /* its place, from 1; 0: there is none */
};

/* A key that was closed and is to leave the page cache: the notice may not have been sent. The newest ones. */
struct kept_pages {
    uint64_t inode;
};

struct handles_kept {
    struct opens opens;
    struct cells cells, pages;
    size_t next_pages;
    struct places places;
    struct top top;
    struct uploads_kept uploads;
    bool unkept; /* something found no place */
};

MUST_CHECK int handles_kept_new(const struct shared *shared, struct handles_kept *ret, struct fault *f);
void handles_kept_done(struct handles_kept *kept);

/* Keeps an entry as it is now: a file of a set, or anything else. */
void handles_kept_file(struct handles_kept *kept, struct handle *handle);
void handles_kept_begin(struct handles_kept *kept, struct handle *handle); /* the second one: takes a place for it */
void handles_kept_other(struct handles_kept *kept, struct handle *handle);

/* Keeps that the pages of this inode are to leave the page cache; those that were kept, 0 for none. */
void handles_kept_pages(struct handles_kept *kept, uint64_t inode);
uint64_t handles_kept_pages_at(const struct handles_kept *kept, size_t index);

/* It is closed. */
void handles_kept_close(struct handles_kept *kept, struct handle *handle);

/*
 * The next one that was kept at `*place` or after it, and its place; false behind the last one. The second one has
 * its upload, or the text of its answer. An entry that cannot be restored is left out.
 */
bool handles_kept_next_file(struct handles_kept *kept, size_t *place, struct handle *ret);
bool handles_kept_next_other(struct handles_kept *kept, size_t *place, struct handle *ret);

#endif
