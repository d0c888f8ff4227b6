/*
 * frame_pieces: documents fed to a frame in pieces.
 */
#ifndef TESTS_UNIT_LIB_FRAME_PIECES_H
#define TESTS_UNIT_LIB_FRAME_PIECES_H

#include "core/json/frame.h"

/* Stands for the bytes of a key in a document: no message repeats it. */
extern const char frame_pieces_secret[];

/* frame_take of one piece; the fault obeys the law, and repeats no byte of a key. */
int frame_pieces_take(struct frame *frame, const char *piece, struct fault *f);

/* Feeds pieces up to a NULL; the document must be complete after the last one, with the text `text`. */
void frame_pieces_expect(const char *const *pieces, const char *text);

#endif
