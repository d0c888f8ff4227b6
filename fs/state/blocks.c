#include "fs/state/blocks.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fault.h"
#include "fs/state/places.h"
#include "fs/takeover/cells.h"
#include "fs/takeover/shared.h"

struct block {
    uint32_t next; /* the number of the next one, from 1; 0: the last */
    uint32_t size; /* of the bytes below */
    unsigned char bytes[BLOCKS_SIZE - 2 * sizeof(uint32_t)];
};

static_assert(sizeof(struct block) == BLOCKS_SIZE, "a block has no padding");

struct blocks {
    pthread_mutex_t lock; /* over `places` */
    struct places places;
    struct cells cells;
};

int blocks_new(const struct shared *shared, struct blocks **ret, struct fault *f)
{
    struct blocks *blocks = malloc(sizeof(*blocks));
    if (blocks == NULL)
        return fault_no_memory(f);
    *blocks = (struct blocks){.lock = PTHREAD_MUTEX_INITIALIZER, .cells = shared_cells(shared, SHARED_ANSWERS)};
    if (places_new(blocks->cells.count, &blocks->places, f) != 0) {
        free(blocks);
        return -1;
    }
    *ret = blocks;
    return 0;
}

void blocks_freep(struct blocks **blocks)
{
    if (*blocks == NULL)
        return;
    places_done(&(*blocks)->places);
    pthread_mutex_destroy(&(*blocks)->lock);
    free(*blocks);
}

static uint32_t blocks_take(struct blocks *blocks)
{
    pthread_mutex_lock(&blocks->lock);
    size_t place = places_take(&blocks->places);
    pthread_mutex_unlock(&blocks->lock);
    return place == PLACES_NONE ? 0 : (uint32_t)place + 1;
}

/* From its end, so that each block is complete when the one before it names it. */
uint32_t blocks_keep(struct blocks *blocks, struct span text)
{
    struct block block = {.next = 0};
    while (text.len > 0) {
        size_t size = text.len % sizeof(block.bytes);
        block.size = (uint32_t)(size == 0 ? sizeof(block.bytes) : size);
        text.len -= block.size;
        memcpy(block.bytes, text.data + text.len, block.size);
        uint32_t number = blocks_take(blocks);
        if (number == 0) {
            blocks_drop(blocks, block.next);
            return 0;
        }
        cells_put(&blocks->cells, number - 1, &block);
        block.next = number;
    }
    return block.next;
}

/* Number 0 is past the end. */
static bool blocks_get(const struct blocks *blocks, uint32_t number, struct block *ret)
{
    return cells_get(&blocks->cells, (size_t)number - 1, ret) && ret->size <= sizeof(ret->bytes);
}

void blocks_drop(struct blocks *blocks, uint32_t first)
{
    struct block block;
    for (; blocks_get(blocks, first, &block); first = block.next) {
        cells_clear(&blocks->cells, first - 1);
        pthread_mutex_lock(&blocks->lock);
        places_free(&blocks->places, first - 1);
        pthread_mutex_unlock(&blocks->lock);
    }
}

int blocks_restore(struct blocks *blocks, uint32_t first, size_t size, struct buf *ret, struct fault *f)
{
    struct block block;
    size_t before = ret->len;
    for (; blocks_get(blocks, first, &block) && places_occupy(&blocks->places, first - 1); first = block.next)
        if (buf_append(ret, (struct span){block.bytes, block.size}, f) != 0)
            return -1;
    return ret->len - before == size ? 0 : fault_set(f, REASON_SYSTEM, "", "an answer is not what was kept of it");
}
