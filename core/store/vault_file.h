/*
 * vault_file: the file of a vault (vault.h): a head, a table of slots, and records behind it, written so that it can be
 * read whenever a process that writes it is killed.
 *
 * Faults are store_failed, with errno.
 */
#ifndef CERTFS_CORE_STORE_VAULT_FILE_H
#define CERTFS_CORE_STORE_VAULT_FILE_H

#include <stdint.h>

#include "core/base/buf.h"
#include "core/store/dir_store.h"

enum vault_kind { VAULT_CURRENT = 1, VAULT_RETIRED };

/* One record, as it stands in the table: 128 bytes, never across a page. Zero is a free slot. */
struct vault_slot {
    uint32_t state; /* vault_file.c's */
    uint32_t kind;  /* enum vault_kind */
    uint64_t sequence;
    uint64_t offset, length;
    uint64_t number; /* of a generation that was replaced */
    int64_t since;   /* the same: steady seconds */
    char name[DIR_STORE_NAME_SIZE];
    char unused[15];
};

struct vault_file {
    int fd;
    uint64_t mark;
    uint64_t sequence;
    uint64_t end;          /* of the last record */
    size_t used;           /* slots at the start of the table that may be in use */
    size_t *spare, spares; /* free ones among them */
    size_t capacity;       /* of spare */
};

/*
 * Reads the table, hands over each slot that is valid, and finishes what was begun. The caller drops one of two with
 * one key. `adopt` returns -1 for no memory. Faults: also no_memory.
 */
typedef int vault_file_adopt(void *context, size_t index, const struct vault_slot *slot);
MUST_CHECK int vault_file_open(int fd, vault_file_adopt *adopt, void *context, struct vault_file *ret, struct fault *f);
void vault_file_close(struct vault_file *file);

MUST_CHECK int vault_file_raise_mark(struct vault_file *file, uint64_t number, struct fault *f);

/* Writes a record, and then its slot, of which the caller has set what identifies it. Faults: also no_memory. */
MUST_CHECK int vault_file_write(struct vault_file *file, struct vault_slot *slot, struct span record, size_t *ret_index,
                                struct fault *f);

/* Appends the record of this slot. Faults: also no_memory. */
MUST_CHECK int vault_file_read(const struct vault_file *file, const struct vault_slot *slot, struct buf *ret,
                               struct fault *f);

/* Wipes a record, gives its memory back and frees its slot. */
void vault_file_drop(struct vault_file *file, size_t index, const struct vault_slot *slot);

#endif
