/*
 * pem: text with PEM blocks (RFC 7468) becomes DER blocks, and DER becomes canonical PEM.
 *
 * Reading forgives what can be forgiven without guessing (every repair is reported) and nothing else: each BEGIN has
 * its END, each body decodes as a whole, and a boundary that is broken refuses the field even behind good blocks.
 * OpenSSL's own reader skips such blocks, which is why it is not used here.
 */
#ifndef CERTFS_CORE_PEM_PEM_H
#define CERTFS_CORE_PEM_PEM_H

#include <stdbool.h>

#include "core/about/findings.h"
#include "core/base/buf.h"

enum { PEM_LABEL_MAX = 64, PEM_BLOCKS_MAX = 4096 };

struct pem_block {
    size_t number; /* its place in the text, from 1 */
    char label[PEM_LABEL_MAX + 1];
    bool encrypted; /* has a Proc-Type: 4,ENCRYPTED header (RFC 1421); der is empty then */
    struct buf der; /* of certificates, private keys and EC PARAMETERS; empty for all else, whose body is not read */
};

/* All zero is empty. */
struct pem {
    struct pem_block *blocks;
    size_t count;
    size_t capacity;
};

/*
 * Finds the blocks of `text`, at least one. `field` names the member for faults and repairs and lives for ever.
 * Faults: malformed_pem (with the number of the block), too_large, no_memory.
 */
MUST_CHECK int pem_parse(struct span text, const char *field, struct pem *ret, struct findings *findings,
                         struct fault *f);

/* Adds a block that came in another form than text; a copy of the DER. Faults: too_large, no_memory. */
MUST_CHECK int pem_add(struct pem *pem, const char *label, struct span der, struct fault *f);

/* Appends one block: 64 columns, line feeds, a final newline. Faults: no_memory, too_large. */
MUST_CHECK int pem_write(const char *label, struct span der, struct buf *ret, struct fault *f);

/* Wipes and releases. */
void pem_done(struct pem *pem);

#endif
