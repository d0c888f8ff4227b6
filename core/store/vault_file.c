/*
 * The order of writes. A record: its bytes behind the last one, then its slot. Dropping one: its slot is marked, the
 * bytes are overwritten, their blocks given back, the slot is cleared. A write within a page is whole or not there when
 * the process is killed, so a slot is, and so is each number of the head.
 */
#include "core/store/vault_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 4096, SLOT = 128, SLOTS_MAX = 256 * 1024 };
enum { FREE, VALID, DROPPED }; /* states of a slot */

static const char magic[8] = "vault 1";

/* At the start of the file, in a page of its own. */
struct head {
    char magic[sizeof(magic)];
    uint64_t mark;
    uint64_t used;
};

_Static_assert(sizeof(struct vault_slot) == SLOT, "a slot is never across a page");

static const off_t records_begin = PAGE + (off_t)SLOTS_MAX * SLOT;

static int vault_file_fail(const char *what, struct fault *f)
{
    return fault_set_errno(f, REASON_STORE_FAILED, errno, "the memory for sealed records: %s failed", what);
}

static off_t vault_file_place_of(size_t index)
{
    return PAGE + (off_t)index * SLOT;
}

static int vault_file_put(int fd, const void *bytes, size_t size, off_t offset)
{
    for (const unsigned char *at = bytes; size > 0;) {
        ssize_t written = pwrite(fd, at, size, offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written == 0)
            errno = ENOSPC;
        if (written <= 0)
            return -1;
        at += written;
        offset += written;
        size -= (size_t)written;
    }
    return 0;
}

/* 1: whole, 0: the file is shorter, -1: failed. */
static int vault_file_get(int fd, void *ret, size_t size, off_t offset)
{
    for (unsigned char *at = ret; size > 0;) {
        ssize_t count = pread(fd, at, size, offset);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return count < 0 ? -1 : 0;
        at += count;
        offset += count;
        size -= (size_t)count;
    }
    return 1;
}

static uint64_t vault_file_round(uint64_t size)
{
    return (size + PAGE - 1) / PAGE * PAGE;
}

/* ---- slots ---- */

static int vault_file_mark_slot(const struct vault_file *file, size_t index, const struct vault_slot *slot,
                                uint32_t state)
{
    struct vault_slot written = *slot;
    written.state = state;
    return vault_file_put(file->fd, &written, sizeof(written), vault_file_place_of(index));
}

static int vault_file_have_spare(struct vault_file *file)
{
    if (file->spares < file->capacity)
        return 0;
    size_t capacity = file->capacity == 0 ? 64 : 2 * file->capacity;
    size_t *larger = reallocarray(file->spare, capacity, sizeof(file->spare[0]));
    if (larger == NULL)
        return -1;
    file->spare = larger;
    file->capacity = capacity;
    return 0;
}

/* If there is no memory the slot is free again at the next opening. */
static void vault_file_spare(struct vault_file *file, size_t index)
{
    if (vault_file_have_spare(file) == 0)
        file->spare[file->spares++] = index;
}

static int vault_file_choose_slot(struct vault_file *file, size_t *ret, struct fault *f)
{
    if (file->spares > 0) {
        *ret = file->spare[--file->spares];
        return 0;
    }
    if (file->used == SLOTS_MAX)
        return fault_set(f, REASON_STORE_FAILED, "", "the memory for sealed records has no place for another one");
    const uint64_t used = file->used + 1;
    if (vault_file_put(file->fd, &used, sizeof(used), offsetof(struct head, used)) != 0)
        return vault_file_fail("write", f);
    *ret = file->used++;
    return 0;
}

/* ---- records ---- */

/* Overwritten first: pages that are given back are not wiped by every kernel. */
static void vault_file_wipe(const struct vault_file *file, uint64_t offset, uint64_t length)
{
    static const unsigned char zeros[PAGE];
    const uint64_t size = vault_file_round(length);
    for (uint64_t done = 0; done < size; done += PAGE)
        (void)vault_file_put(file->fd, zeros, PAGE, (off_t)(offset + done));
    (void)fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)size);
}

void vault_file_drop(struct vault_file *file, size_t index, const struct vault_slot *slot)
{
    static const struct vault_slot none = {.state = FREE};
    (void)vault_file_mark_slot(file, index, slot, DROPPED);
    vault_file_wipe(file, slot->offset, slot->length);
    (void)vault_file_put(file->fd, &none, sizeof(none), vault_file_place_of(index));
    vault_file_spare(file, index);
}

int vault_file_write(struct vault_file *file, struct vault_slot *slot, struct span record, size_t *ret_index,
                     struct fault *f)
{
    slot->sequence = file->sequence + 1;
    slot->offset = file->end;
    slot->length = record.len;
    slot->state = VALID;
    if (vault_file_put(file->fd, record.data, record.len, (off_t)slot->offset) != 0) {
        vault_file_fail("write", f);
        vault_file_wipe(file, slot->offset, slot->length);
        return -1;
    }
    if (vault_file_choose_slot(file, ret_index, f) != 0)
        return -1;
    if (vault_file_mark_slot(file, *ret_index, slot, VALID) != 0)
        return vault_file_fail("write", f);
    file->sequence++;
    file->end += vault_file_round(record.len);
    return 0;
}

int vault_file_read(const struct vault_file *file, const struct vault_slot *slot, struct buf *ret, struct fault *f)
{
    if (buf_reserve(ret, slot->length, f) != 0)
        return -1;
    int got = vault_file_get(file->fd, ret->data + ret->len, slot->length, (off_t)slot->offset);
    if (got < 0)
        return vault_file_fail("read", f);
    if (got == 0)
        return fault_set(f, REASON_STORE_FAILED, "", "the memory for sealed records has been changed");
    ret->len += slot->length;
    return 0;
}

/* ---- the head ---- */

int vault_file_raise_mark(struct vault_file *file, uint64_t number, struct fault *f)
{
    if (number <= file->mark)
        return 0;
    if (vault_file_put(file->fd, &number, sizeof(number), offsetof(struct head, mark)) != 0)
        return vault_file_fail("write", f);
    file->mark = number;
    return 0;
}

static int vault_file_begin(int fd, struct fault *f)
{
    struct head head = {.used = 0};
    memcpy(head.magic, magic, sizeof(magic));
    if (ftruncate(fd, records_begin) != 0 || vault_file_put(fd, &head, sizeof(head), 0) != 0)
        return vault_file_fail("write", f);
    return 0;
}

/* A file that is new, or that another process has begun and was killed, has no head. */
static int vault_file_read_head(struct vault_file *file, struct fault *f)
{
    struct head head = {.used = 0};
    int got = vault_file_get(file->fd, &head, sizeof(head), 0);
    if (got < 0)
        return vault_file_fail("read", f);
    if (got == 0 || head.magic[0] == '\0')
        return vault_file_begin(file->fd, f);
    if (memcmp(head.magic, magic, sizeof(magic)) != 0 || head.used > SLOTS_MAX)
        return fault_set(f, REASON_STORE_FAILED, "", "the memory for sealed records is of another version");
    file->mark = head.mark;
    file->used = head.used;
    return 0;
}

/* ---- opening ---- */

static bool vault_file_is_sound(const struct vault_slot *slot)
{
    return (slot->kind == VAULT_CURRENT || slot->kind == VAULT_RETIRED) && slot->length <= BUF_MAX &&
           slot->offset >= (uint64_t)records_begin && slot->offset <= (UINT64_C(1) << 62) && slot->offset % PAGE == 0 &&
           memchr(slot->name, '\0', sizeof(slot->name)) != NULL;
}

static void vault_file_note(struct vault_file *file, const struct vault_slot *slot)
{
    const uint64_t end = slot->offset + vault_file_round(slot->length);
    if (end > file->end)
        file->end = end;
    if (slot->sequence > file->sequence)
        file->sequence = slot->sequence;
}

/* Slots before `used` are noted first: dropping one must not forget where the others end. */
static int vault_file_scan(struct vault_file *file, vault_file_adopt *adopt, void *context, struct fault *f)
{
    struct vault_slot slot;
    for (size_t i = 0; i < file->used; i++) {
        if (vault_file_get(file->fd, &slot, sizeof(slot), vault_file_place_of(i)) != 1)
            return vault_file_fail("read", f);
        if (slot.state == FREE || !vault_file_is_sound(&slot)) {
            vault_file_spare(file, i);
            continue;
        }
        vault_file_note(file, &slot);
        if (slot.state != VALID)
            vault_file_drop(file, i, &slot);
        else if (adopt(context, i, &slot) != 0)
            return fault_no_memory(f);
    }
    /* A record may be left whose slot was not written. */
    return ftruncate(file->fd, (off_t)file->end) == 0 ? 0 : vault_file_fail("ftruncate", f);
}

int vault_file_open(int fd, vault_file_adopt *adopt, void *context, struct vault_file *ret, struct fault *f)
{
    *ret = (struct vault_file){.fd = fd, .end = (uint64_t)records_begin};
    return vault_file_read_head(ret, f) != 0 ? -1 : vault_file_scan(ret, adopt, context, f);
}

void vault_file_close(struct vault_file *file)
{
    free(file->spare);
}
