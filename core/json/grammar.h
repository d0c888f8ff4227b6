/*
 * grammar: checks byte by byte that a document is one JSON object (RFC 8259).
 *
 * It stores no text, so a document is checked while it is being written, and a syntax error is refused at its own byte.
 * It is lenient in one point: raw line breaks and tabs are allowed inside strings, since AWS's own documented payload
 * has them. It is stricter than RFC 8259 in five: the document is an object, its depth and the number of its values
 * are bounded, \u0000 is refused, and an escaped surrogate must come as a pair. cJSON accepts much more, but parses
 * every document that passes here as intended.
 */
#ifndef CERTFS_CORE_JSON_GRAMMAR_H
#define CERTFS_CORE_JSON_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/fault.h"
#include "core/base/utf8.h"

enum {
    GRAMMAR_DEPTH_MAX = 16,    /* requests need 3 */
    GRAMMAR_VALUES_MAX = 4096, /* requests need 1,500; each takes 80 bytes in cJSON */
};

/* All zero at the start of a document. */
struct grammar {
    unsigned state;                    /* enum grammar_state */
    unsigned depth;                    /* open objects and arrays */
    uint32_t arrays;                   /* bit n: level n is an array */
    unsigned values;                   /* begun so far, of any kind */
    bool key;                          /* the string being read is a member's name */
    const char *literal;               /* the rest of true, false or null */
    unsigned hex_digits;               /* read so far of \uXXXX */
    unsigned hex_value;                /* their value */
    bool low_surrogate;                /* the next escape must be \uDC00 to \uDFFF */
    struct utf8 utf8;                  /* of the character being read */
    size_t line, column;               /* of the last byte; lines from 0, columns from 1 */
    size_t text_line, text_column;     /* of the newest string's opening quote */
    size_t object_line, object_column; /* of the opening brace */
};

/* Takes the next byte. Fault: malformed_json, with line and column. After a fault the state is undefined. */
MUST_CHECK int grammar_take(struct grammar *g, unsigned char byte, struct fault *f);

/*
 * Takes, of the bytes that follow, those that are plain text inside a string, up to the first one for grammar_take;
 * returns how many. The outcome is the same as that of grammar_take for each, at a fraction of the cost.
 */
size_t grammar_take_text(struct grammar *g, struct span bytes);

/* True after the end of the object; grammar_take accepts only white space then. */
bool grammar_is_complete(const struct grammar *g);

/* True inside a string. */
bool grammar_is_in_text(const struct grammar *g);

/* True directly inside an array. */
bool grammar_is_in_array(const struct grammar *g);

/* Space, tab, line feed, carriage return. */
bool grammar_is_space(unsigned char byte);

#endif
