/*
 * upload_kept: what is kept of uploads in SHARED_UPLOADS, and of their answers, for a worker that follows this one.
 *
 * Not the document: it is a secret, and the newest write comes again. upload.c keeps an upload whenever it changes,
 * before the request is answered. Its owner (upload.h) keeps it; places are taken and freed by the FUSE thread.
 */
#ifndef CERTFS_FS_STATE_UPLOAD_KEPT_H
#define CERTFS_FS_STATE_UPLOAD_KEPT_H

#include "core/base/cleanup.h"
#include "core/base/fault.h"
#include "fs/host/process.h"
#include "fs/state/blocks.h"
#include "fs/state/places.h"
#include "fs/state/upload.h"
#include "fs/takeover/cells.h"

enum { UPLOADS_KEPT_MAX = 4096 };

/* Reasons are kept by name: their numbers may be others in another version. */
struct kept_fault {
    char reason[32];
    char field[FAULT_FIELD_SIZE], message[FAULT_MESSAGE_SIZE];
    int32_t os_errno;
};

struct kept_writer {
    int64_t login;
    uint32_t import; /* by way of import/ */
    uint32_t uid, gid;
    int32_t pid, thread;
    char program[PROCESS_NAME_SIZE];
};

/* Members are only ever appended. */
struct kept_upload {
    uint64_t newest, completing, flush, newest_read;
    uint64_t before, taken, answer_size, answer_read, read_from;
    uint32_t state; /* 1 collecting, 2 running, 3 judged */
    uint32_t answer_block;
    uint32_t full, unreported, meant, flushed; /* 0 or 1 */
    int32_t opener;
    struct kept_writer writer;
    struct kept_fault verdict, late;
};

struct uploads_kept {
    struct cells cells;
    struct places places;
    struct blocks *blocks;
};

struct shared;

/* `shared` may be NULL: nothing is kept. Fault: no_memory. */
MUST_CHECK int uploads_kept_new(const struct shared *shared, struct uploads_kept *ret, struct fault *f);
void uploads_kept_done(struct uploads_kept *kept);

/* Keeps the upload from now on, in a place of its own; false if none is free. */
bool upload_kept_begin(struct upload *upload, struct uploads_kept *kept);

/* Keeps it in this state; keeps its answer, before the verdict. */
void upload_kept_put(const struct upload *upload, enum upload_state state);
void upload_kept_answer(struct upload *upload);

/* It runs again: its answer is kept no longer. */
void upload_kept_drop_answer(struct upload *upload);

/* It is closed: nothing of it is kept. */
void upload_kept_end(const struct upload *upload);

/* Fills a new upload with what a worker before this one has kept at this place. Faults: no_memory; system, if nothing
 * is kept there. */
MUST_CHECK int upload_kept_restore(struct uploads_kept *kept, size_t place, struct upload *upload, struct fault *f);

#endif
