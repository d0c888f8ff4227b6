/*
 * der: the outer layers of DER (ITU-T X.690), read without OpenSSL and without memory.
 *
 * For looking at what is about to be decoded. Strict: tags of one byte, definite lengths in their shortest form. What
 * is not DER is refused here although OpenSSL would take some of it, so that both see the same elements.
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

/* One element: its tag, its content, and the whole of it. Borrows the bytes. */
struct der {
    unsigned char tag;
    struct span content;
    struct span whole;
};

/* Takes the next element off `rest`. False, and `rest` is as it was, where there is none or it is not DER. */
bool der_next(struct span *rest, struct der *ret);

/* The same if it has this tag; its content alone. */
bool der_take(struct span *rest, unsigned char tag, struct span *ret_content);

/* The same where it need not be there: false only for what is not DER. `ret_content` is empty where it is not. */
bool der_take_optional(struct span *rest, unsigned char tag, struct span *ret_content);

/* The content of an OBJECT IDENTIFIER, or how it begins, as a struct span that a string literal holds. */
#define DER_OID(bytes)                                                                                                 \
    {                                                                                                                  \
        (const unsigned char *)(bytes), sizeof(bytes) - 1                                                              \
    }

/* The one byte behind this beginning of an OBJECT IDENTIFIER's content; -1 if it begins or goes on otherwise. */
int der_last_arc(struct span object, struct span beginning);

/* The bits of a positive INTEGER's content without leading zeros; false for one that is negative or empty. */
bool der_integer_bits(struct span content, size_t *ret);

#endif
