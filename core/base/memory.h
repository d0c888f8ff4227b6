/*
 * memory: an allocator whose free wipes, for OpenSSL and cJSON.
 *
 * Without it a third of a private key's pieces stay in freed memory after an import; with it none.
 */
#ifndef CERTFS_CORE_BASE_MEMORY_H
#define CERTFS_CORE_BASE_MEMORY_H

#include <stddef.h>

/*
 * Gives OpenSSL the allocator. The first call of main: OpenSSL takes it only before its own first allocation.
 * Returns -1 if it was too late.
 */
int memory_init(void);

void *memory_allocate(size_t size);

/* Wipes the whole block and releases it. Accepts NULL. */
void memory_free(void *block);

/*
 * Wipes the stack below the caller, as far as anything that was called may have used it: OpenSSL's CMS code copies
 * plaintext through buffers there and leaves it. For the end of what worked on a private key.
 */
void memory_wipe_stack(void);

/* Gives the system back what a document of this many bytes took, if that was much: for the end of its request. */
void memory_give_back(size_t document);

#endif
