/*
 * memory: an allocator for OpenSSL and cJSON that wipes on free.
 *
 * Without it a third of a private key's pieces stay in freed memory after an import; with it none.
 */
#ifndef CERTFS_CORE_BASE_MEMORY_H
#define CERTFS_CORE_BASE_MEMORY_H

#include <stddef.h>

/*
 * Installs the allocator in OpenSSL, and has malloc(3) return every large block to the system when it is freed, also
 * those of a thread, whose heap malloc_trim(3) does not shorten. Must be the first call of main, since OpenSSL accepts
 * it only before its own first allocation. Returns -1 if it was called too late.
 */
int memory_init(void);

/* OpenSSL reads its configuration now, with the providers that it names: later this process may open no such files. */
void memory_load_openssl(void);

void *memory_allocate(size_t size);

/* Wipes the whole block and releases it. Accepts NULL. */
void memory_free(void *block);

/*
 * Wipes the stack below the caller, as far as any callee may have used it: OpenSSL's CMS code leaves plaintext in
 * buffers there. Call it after work on a private key.
 */
void memory_wipe_stack(void);

#endif
