/*
 * body: recognises the base64 of a certificate or key in text outside of blocks, by its shape.
 */
#ifndef CERTFS_CORE_PEM_BODY_H
#define CERTFS_CORE_PEM_BODY_H

#include "core/base/buf.h"

/* True for a base64 character, including padding. */
bool is_base64(unsigned char byte);

/* Returns how many base64 characters the text begins with. */
size_t body_run(struct span text);

/*
 * True if the body of a block can begin with this text: a header of RFC 1421, or DER in base64. DER begins with 0x30
 * and a length, which encode as M and, for bodies of useful length, a capital letter.
 */
bool body_begins(struct span text);

/* True if the text has base64 characters in a row that do not occur in prose. */
bool body_holds_line(struct span text);

enum body_kind {
    BODY_NONE,
    BODY_LINE,  /* could be a line of a body, or a digest */
    BODY_START, /* begins like DER, or like a key of OpenSSH or PEM encoded once more */
};

/* One line that holds a run of base64, and what is around it. */
struct body_line {
    enum body_kind kind;
    struct span before;
    struct span run;
    struct span after;
};

/* Finds the first run in a line that is not a word, a name, a path or hexadecimal digits. */
struct body_line body_find(struct span line);

#endif
