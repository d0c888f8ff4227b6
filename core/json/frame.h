/*
 * frame: pieces of a write become exactly one document.
 *
 * A document is a JSON object, alone or in single quotes as AWS's page prints it; in quotes it is complete at the
 * closing one. The whole statement call mysql.rds_import_binlog_ssl_material('...'); is taken for its payload; it is
 * complete at the parenthesis. Every piece is judged as it comes (grammar.h), so a bad document is refused at its first
 * bad byte and a complete one is known at the byte that completes it.
 */
#ifndef CERTFS_CORE_JSON_FRAME_H
#define CERTFS_CORE_JSON_FRAME_H

#include <stdbool.h>

#include "core/base/buf.h"
#include "core/json/grammar.h"

enum { FRAME_DOCUMENT_MAX = 1024 * 1024 }; /* bytes of a document, white space and quotes included */

/* All zero is an empty frame. */
struct frame {
    struct grammar grammar;
    struct buf text; /* the JSON object, without the quotes */
    size_t taken;    /* bytes so far, of whatever kind */
    size_t max;      /* of taken; 0: FRAME_DOCUMENT_MAX */
    size_t head;     /* characters of a statement in front of the payload; 0: there is none */
    bool quoted;
    bool closed; /* the closing quote has come */
    bool ended;  /* the semicolon of a statement has come */
    bool complete;
};

/*
 * Takes the next piece. What follows the document must be white space: in the piece that completes it, anything
 * else refuses the whole; in a later piece, that piece. Faults: malformed_json, too_large, no_memory.
 */
MUST_CHECK int frame_take(struct frame *frame, struct span piece, struct fault *f);

/* Bytes have come, be it white space, and the document is not complete. */
bool frame_is_unfinished(const struct frame *frame);

/* The fault of a document that ended too early: malformed_json, with the place where it ends, or that is
 * empty. Returns -1. */
int frame_refuse_unfinished(const struct frame *frame, struct fault *f);

/* Wipes and releases the text. */
void frame_done(struct frame *frame);

#endif
