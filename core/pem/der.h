/*
 * der: reads the outer layers of DER (ITU-T X.690) without OpenSSL and without allocation.
 *
 * Used to inspect bytes before they are decoded. Strict: one-byte tags, definite lengths in their shortest form. BER is
 * refused although OpenSSL accepts some of it, so that both see the same elements.
 */
#ifndef CERTFS_CORE_PEM_DER_H
#define CERTFS_CORE_PEM_DER_H

#include <stdbool.h>

#include "core/base/buf.h"

enum {
    DER_INTEGER = 0x02,
    DER_BITS = 0x03,
    DER_OCTETS = 0x04,
    DER_OBJECT = 0x06,
    DER_SEQUENCE = 0x30,
    DER_EXPLICIT = 0xA0, /* [0]; [n] is this plus n */
};

/* One element: its tag, its content, and all of its bytes. Borrows them. */
struct der {
    unsigned char tag;
    struct span content;
    struct span whole;
};

/* Consumes the next element of `rest`. Returns false and leaves `rest` unchanged if there is none or it is not DER. */
bool der_next(struct span *rest, struct der *ret);

/* The same, if the element has this tag; returns its content. */
bool der_take(struct span *rest, unsigned char tag, struct span *ret_content);

/* The same for an optional element: false only if it is there and not DER. `ret_content` is empty if it is absent. */
bool der_take_optional(struct span *rest, unsigned char tag, struct span *ret_content);

/* Initialises a struct span with the content of an OBJECT IDENTIFIER, or its beginning, from a string literal. */
#define DER_OID(bytes)                                                                                                 \
    {                                                                                                                  \
        (const unsigned char *)(bytes), sizeof(bytes) - 1                                                              \
    }

/* Returns the single byte that follows `beginning` in an OBJECT IDENTIFIER's content; -1 if it differs. */
int der_last_arc(struct span object, struct span beginning);

/* Returns the size in bits of a positive INTEGER, without leading zeros; false if it is negative or empty. */
bool der_integer_bits(struct span content, size_t *ret);

#endif
