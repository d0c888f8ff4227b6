/*
 * pem: parses text with PEM blocks (RFC 7468) into DER blocks, and writes DER as canonical PEM.
 *
 * Only damage that can be undone without guessing is repaired, and every repair is reported: each BEGIN needs its END,
 * each body must decode as a whole, and a broken boundary refuses the field even after good blocks. OpenSSL's own
 * reader skips such blocks, so it is not used here.
 */
#ifndef CERTFS_CORE_PEM_PEM_H
#define CERTFS_CORE_PEM_PEM_H

#include <stdbool.h>

#include "core/about/findings.h"
#include "core/base/buf.h"

enum { PEM_LABEL_MAX = 64, PEM_BLOCKS_MAX = 4096 };

struct pem_block {
    size_t number; /* position in the text, from 1 */
    char label[PEM_LABEL_MAX + 1];
    bool encrypted; /* has a Proc-Type: 4,ENCRYPTED header (RFC 1421); der is empty then */
    struct buf der; /* for certificates, private keys and EC PARAMETERS; empty for all others, whose body is not read */
};

/* All zero is empty. */
struct pem {
    struct pem_block *blocks;
    size_t count;
    size_t capacity;
};

/*
 * Finds the blocks of `text`, at least one. `field` names the member for faults and repairs and must never be freed.
 * Faults: malformed_pem (with the number of the block), too_large, no_memory.
 */
MUST_CHECK int pem_parse(struct span text, const char *field, struct pem *ret, struct findings *findings,
                         struct fault *f);

/* Appends a block from a copy of DER that did not come as text. Faults: too_large, no_memory. */
MUST_CHECK int pem_add(struct pem *pem, const char *label, struct span der, struct fault *f);

/* Appends one block: 64 columns, line feeds, a final newline. Faults: no_memory, too_large. */
MUST_CHECK int pem_write(const char *label, struct span der, struct buf *ret, struct fault *f);

/* Wipes and releases. */
void pem_done(struct pem *pem);

#endif
