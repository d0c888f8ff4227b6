#include "core/base/memory.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

enum {
    STACK_WIPED = 64 * 1024,  /* twice the largest use ever measured */
    MAPPED_FROM = 128 * 1024, /* glibc's own value, until it raises it by itself: mallopt(3) */
};

void memory_load_openssl(void)
{
    (void)OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL);
}

void *memory_allocate(size_t size)
{
    return malloc(size);
}

void memory_free(void *block)
{
    if (block != NULL)
        OPENSSL_cleanse(block, malloc_usable_size(block));
    free(block);
}

static void *memory_allocate_for_openssl(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return size == 0 ? NULL : memory_allocate(size);
}

static void memory_free_for_openssl(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    memory_free(block);
}

/* Never grows in place, since the old block must be wiped. */
static void *memory_reallocate_for_openssl(void *block, size_t size, const char *file, int line)
{
    if (block == NULL)
        return memory_allocate_for_openssl(size, file, line);
    size_t old_size = malloc_usable_size(block);
    void *larger = size == 0 ? NULL : memory_allocate(size);
    if (size != 0 && larger == NULL)
        return NULL;
    if (larger != NULL)
        memcpy(larger, block, old_size < size ? old_size : size);
    memory_free(block);
    return larger;
}

int memory_init(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, MAPPED_FROM); /* so that large blocks go back to the system when freed */
    return CRYPTO_set_mem_functions(memory_allocate_for_openssl, memory_reallocate_for_openssl,
                                    memory_free_for_openssl) == 1
               ? 0
               : -1;
}

/* noinline, so that the array overlaps the frames of the functions that have returned. */
__attribute__((noinline)) void memory_wipe_stack(void)
{
    unsigned char below[STACK_WIPED];
    OPENSSL_cleanse(below, sizeof(below));
}
