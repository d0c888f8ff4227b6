/*
 * frame: assembles the pieces of a write into exactly one document.
 *
 * A document is a JSON object, alone or in single quotes as on AWS's documentation page; with quotes it is complete at
 * the closing one. The whole statement call mysql.rds_import_binlog_ssl_material('...'); is accepted too and is
 * complete at its parenthesis. Each piece is checked on arrival (grammar.h), so that a bad document is refused at its
 * first bad byte and a complete one is recognised at its last byte.
 */
#ifndef CERTFS_CORE_JSON_FRAME_H
#define CERTFS_CORE_JSON_FRAME_H

#include <stdbool.h>

#include "core/base/buf.h"
#include "core/json/grammar.h"

enum { FRAME_DOCUMENT_MAX = 1024 * 1024 }; /* bytes of a document, including white space and quotes */

/* All zero is an empty frame. */
struct frame {
    struct grammar grammar;
    struct buf text; /* the JSON object, without the quotes */
    size_t taken;    /* bytes so far, of any kind */
    size_t max;      /* limit of `taken`; 0: FRAME_DOCUMENT_MAX */
    size_t head;     /* characters read of a statement before the payload; 0: there is none */
    bool quoted;
    bool closed; /* the closing quote was read */
    bool complete;
};

/*
 * Appends the next piece. Only white space may follow the document: other bytes in the piece that completes it refuse
 * the whole document; in a later piece, that piece. Faults: malformed_json, too_large, no_memory.
 */
MUST_CHECK int frame_take(struct frame *frame, struct span piece, struct fault *f);

/* Takes a whole document in one piece. Faults: those of frame_take, and malformed_json if it is not complete. */
MUST_CHECK int frame_take_whole(struct frame *frame, struct span document, struct fault *f);

/* True if bytes have arrived, even white space only, and the document is not complete. */
bool frame_is_unfinished(const struct frame *frame);

/* Sets the fault of a document that is empty or ends too early: malformed_json, with the place. Returns -1. */
int frame_refuse_unfinished(const struct frame *frame, struct fault *f);

/* Wipes and releases the text. */
void frame_done(struct frame *frame);

#endif
