#include "fs/takeover/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/fault.h"

enum { PAGE = 4096, PLACES_MAX = 64 /* of every version */ };

#define BYTES_MAX (UINT64_C(1) << 31) /* so that products of two sizes fit into 64 bits */

enum { NUMBER_BITS = 40, WORKER_BITS = 22 }; /* of shared_first_number */

static const char magic[8] = "certfs";

/* Where a section lies. */
struct place {
    uint32_t section, raw;
    uint64_t size, count, offset;
};

/* At the start of the memory. */
struct layout {
    char magic[sizeof(magic)];
    uint32_t version, unused;
    uint64_t bytes; /* of all */
    struct shared_head head;
    uint64_t reserved[30]; /* for words to come: zero */
    uint64_t places_count;
    struct place places[PLACES_MAX];
};

_Static_assert((int)SHARED_SECTIONS <= (int)PLACES_MAX, "each section has a place");
_Static_assert(sizeof(struct layout) <= PAGE, "the first section follows behind one page in every version");

/* Where sections lie is never read from the memory again: a worker can write anything there. */
struct shared {
    struct layout *memory; /* the mapping */
    struct layout layout;  /* as it was made, or checked */
    size_t size;
    unsigned char *secret; /* a mapping too */
    struct shared_descriptors descriptors;
};

static uint64_t shared_round(uint64_t size)
{
    return (size + PAGE - 1) / PAGE * PAGE;
}

static uint64_t shared_bytes_of(const struct place *place)
{
    return place->count * (place->raw != 0 ? place->size : cells_stride(place->size));
}

static unsigned char *shared_at(const struct shared *shared, const struct place *place)
{
    return (unsigned char *)shared->memory + place->offset;
}

static const struct place *shared_find(const struct shared *shared, enum shared_section section)
{
    for (size_t i = 0; shared != NULL && i < shared->layout.places_count; i++)
        if (shared->layout.places[i].section == (uint32_t)section)
            return &shared->layout.places[i];
    return NULL;
}

/* ---- the layout ---- */

static void shared_lay_out(const struct shared_row rows[], size_t count, struct layout *ret)
{
    *ret = (struct layout){.version = SHARED_VERSION, .places_count = count};
    memcpy(ret->magic, magic, sizeof(magic));
    ret->bytes = shared_round(sizeof(*ret));
    for (size_t i = 0; i < count; i++) {
        struct place place = {.section = (uint32_t)rows[i].section,
                              .raw = rows[i].raw,
                              .size = rows[i].size,
                              .count = rows[i].count,
                              .offset = ret->bytes};
        ret->places[i] = place;
        ret->bytes += shared_round(shared_bytes_of(&place));
    }
}

/* A memory whose numbers could lead out of it is not adopted. */
static bool shared_is_sound(const struct layout *layout, uint64_t bytes)
{
    if (memcmp(layout->magic, magic, sizeof(magic)) != 0 || layout->version != SHARED_VERSION ||
        layout->bytes != bytes || bytes > BYTES_MAX || layout->places_count > PLACES_MAX)
        return false;
    for (size_t i = 0; i < layout->places_count; i++) {
        const struct place *place = &layout->places[i];
        if (place->size > bytes || place->count > bytes || place->offset > bytes || place->offset < PAGE ||
            place->offset % PAGE != 0 || shared_bytes_of(place) > bytes - place->offset)
            return false;
    }
    return true;
}

/* ---- mapping ---- */

static void *shared_map(int fd, size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/* An ordinary user may not lock so much: then the worker's remark about memory that is not locked holds here too. */
static void shared_lock(const struct shared *shared)
{
    (void)madvise(shared->memory, shared->size, MADV_DONTDUMP);
    (void)mlock2(shared->memory, shared->size, MLOCK_ONFAULT);
    for (size_t i = 0; i < shared->layout.places_count; i++) {
        const struct place *place = &shared->layout.places[i];
        if (place->raw != 0)
            (void)madvise(shared_at(shared, place), shared_round(shared_bytes_of(place)), MADV_POPULATE_WRITE);
    }
}

static int shared_make_memory(const struct layout *layout, struct shared *ret, struct fault *f)
{
    ret->size = layout->bytes;
    ret->descriptors.memory = memfd_create("certfs-state", MFD_CLOEXEC);
    if (ret->descriptors.memory < 0 || ftruncate(ret->descriptors.memory, (off_t)ret->size) != 0)
        return fault_set_errno(f, REASON_SYSTEM, errno, "cannot create the memory that outlives the worker");
    ret->memory = shared_map(ret->descriptors.memory, ret->size);
    if (ret->memory == NULL)
        return fault_set_errno(f, REASON_SYSTEM, errno, "cannot map the memory that outlives the worker");
    ret->layout = *layout;
    *ret->memory = *layout;
    shared_lock(ret);
    return 0;
}

/*
 * Memory that the kernel itself does not map, where it has such (memfd_secret(2), from 6.5 on by default); a
 * machine does not hibernate while there is some.
 */
static int shared_make_secret_file(void)
{
    int fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC);
    if (fd < 0 || ftruncate(fd, PAGE) == 0)
        return fd;
    close(fd);
    return -1;
}

static int shared_map_secret(struct shared *shared, struct fault *f)
{
    shared->secret = shared->descriptors.secret < 0 ? NULL : shared_map(shared->descriptors.secret, PAGE);
    if (shared->secret == NULL)
        return fault_set_errno(f, REASON_SYSTEM, errno, "cannot map the secret that outlives the worker");
    (void)madvise(shared->secret, PAGE, MADV_DONTDUMP);
    (void)mlock(shared->secret, PAGE);
    return 0;
}

static int shared_make_secret(struct shared *ret, struct fault *f)
{
    struct fault unused = {.reason = REASON_NONE};
    ret->descriptors.secret = shared_make_secret_file();
    if (ret->descriptors.secret < 0 || shared_map_secret(ret, &unused) != 0) {
        close_fd(&ret->descriptors.secret);
        ret->descriptors.secret = memfd_create("certfs-secret", MFD_CLOEXEC);
        if (ret->descriptors.secret < 0 || ftruncate(ret->descriptors.secret, PAGE) != 0)
            return fault_set_errno(f, REASON_SYSTEM, errno, "cannot create the secret that outlives the worker");
        if (shared_map_secret(ret, f) != 0)
            return -1;
    }
    if (getrandom(ret->secret, SHARED_SECRET_SIZE, 0) != SHARED_SECRET_SIZE)
        return fault_set_errno(f, REASON_SYSTEM, errno, "cannot get random bytes");
    return 0;
}

static int shared_make_vault(struct shared *ret, struct fault *f)
{
    ret->descriptors.vault = memfd_create("certfs-vault", MFD_CLOEXEC);
    return ret->descriptors.vault >= 0
               ? 0
               : fault_set_errno(f, REASON_SYSTEM, errno, "cannot create the memory for sealed records");
}

/* ---- making ---- */

static struct shared *shared_allocate(void)
{
    struct shared *shared = calloc(1, sizeof(*shared));
    if (shared != NULL)
        shared->descriptors = (struct shared_descriptors){-1, -1, -1};
    return shared;
}

static void shared_unmap(const struct shared *shared)
{
    if (shared->memory != NULL)
        munmap(shared->memory, shared->size);
    if (shared->secret != NULL)
        munmap(shared->secret, PAGE);
}

void shared_freep(struct shared **shared)
{
    if (*shared == NULL)
        return;
    shared_unmap(*shared);
    close_fd(&(*shared)->descriptors.memory);
    close_fd(&(*shared)->descriptors.vault);
    close_fd(&(*shared)->descriptors.secret);
    free(*shared);
    *shared = NULL;
}

int shared_new(const struct shared_row rows[], size_t count, struct shared **ret, struct fault *f)
{
    struct layout layout;
    CLEANUP(shared_freep) struct shared *shared = shared_allocate();
    if (shared == NULL)
        return fault_no_memory(f);
    shared_lay_out(rows, count, &layout);
    if (shared_make_memory(&layout, shared, f) != 0 || shared_make_vault(shared, f) != 0 ||
        shared_make_secret(shared, f) != 0)
        return -1;
    *ret = TAKE(shared);
    return 0;
}

/* ---- taking over ---- */

static int shared_open_memory(int fd, struct shared *ret, struct fault *f)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return fault_set_errno(f, REASON_SYSTEM, errno, "cannot look at the memory of the program before");
    ret->size = (size_t)st.st_size;
    ret->memory = ret->size < sizeof(struct layout) ? NULL : shared_map(fd, ret->size);
    if (ret->memory != NULL)
        ret->layout = *ret->memory;
    if (ret->memory == NULL || !shared_is_sound(&ret->layout, ret->size))
        return fault_set(f, REASON_SYSTEM, "",
                         "the memory of the program before has another version than %d: a restart is needed",
                         SHARED_VERSION);
    return 0;
}

static bool shared_is_laid_out_so(const struct shared *shared, const struct layout *layout)
{
    return shared->layout.bytes == layout->bytes && shared->layout.places_count == layout->places_count &&
           memcmp(shared->layout.places, layout->places, sizeof(layout->places)) == 0;
}

static void shared_copy_section(const struct shared *from, const struct place *source, const struct shared *to,
                                const struct place *target)
{
    const struct cells old = {shared_at(from, source), source->size, source->count};
    const struct cells new = {shared_at(to, target), target->size, target->count};
    unsigned char *value = calloc(1, source->size > target->size ? source->size : target->size);
    for (size_t i = 0; value != NULL && i < source->count; i++)
        if (cells_get(&old, i, value))
            cells_put(&new, i, value);
    free(value);
}

/* Plain bytes have a meaning only where they have the same place. */
static void shared_copy(const struct shared *from, const struct shared *to)
{
    for (size_t i = 0; i < to->layout.places_count; i++) {
        const struct place *target = &to->layout.places[i];
        const struct place *source = shared_find(from, (enum shared_section)target->section);
        if (source == NULL || source->raw != target->raw)
            continue;
        if (source->raw == 0)
            shared_copy_section(from, source, to, target);
        else if (source->size == target->size && source->count == target->count)
            memcpy(shared_at(to, target), shared_at(from, source), shared_bytes_of(source));
    }
    atomic_store(&to->memory->head.worker, atomic_load(&from->memory->head.worker));
    atomic_store(&to->memory->head.progress, atomic_load(&from->memory->head.progress));
}

static int shared_convert(const struct layout *layout, struct shared *shared, struct fault *f)
{
    struct shared made = {.descriptors = {-1, -1, -1}};
    if (shared_make_memory(layout, &made, f) != 0) {
        close_fd(&made.descriptors.memory);
        return -1;
    }
    shared_copy(shared, &made);
    munmap(shared->memory, shared->size);
    shared->memory = made.memory;
    shared->layout = made.layout;
    shared->size = made.size;
    shared->descriptors.memory = made.descriptors.memory;
    return 0;
}

int shared_attach(const struct shared_descriptors *descriptors, struct shared **ret, struct fault *f)
{
    struct shared *shared = shared_allocate();
    if (shared == NULL)
        return fault_no_memory(f);
    shared->descriptors = *descriptors;
    if (shared_open_memory(descriptors->memory, shared, f) != 0 || shared_map_secret(shared, f) != 0) {
        shared_unmap(shared);
        free(shared);
        return -1;
    }
    shared_lock(shared);
    *ret = shared;
    return 0;
}

int shared_fit(struct shared *shared, const struct shared_row rows[], size_t count, struct fault *f)
{
    struct layout layout;
    int before = shared->descriptors.memory;
    shared_lay_out(rows, count, &layout);
    if (shared_is_laid_out_so(shared, &layout))
        return 0;
    if (shared_convert(&layout, shared, f) != 0)
        return -1;
    close(before);
    return 0;
}

/* ---- using ---- */

struct shared_descriptors shared_descriptors(const struct shared *shared)
{
    return shared->descriptors;
}

struct shared_head *shared_head(const struct shared *shared)
{
    return &shared->memory->head;
}

uint64_t shared_first_number(const struct shared *shared)
{
    uint64_t worker = shared == NULL ? 0 : atomic_load(&shared_head(shared)->worker);
    return (worker & ((UINT64_C(1) << WORKER_BITS) - 1)) << NUMBER_BITS | 1;
}

struct cells shared_cells(const struct shared *shared, enum shared_section section)
{
    const struct place *place = shared_find(shared, section);
    if (place == NULL || place->raw != 0)
        return (struct cells){0};
    return (struct cells){shared_at(shared, place), place->size, place->count};
}

void *shared_raw(const struct shared *shared, enum shared_section section, size_t *ret_size)
{
    const struct place *place = shared_find(shared, section);
    *ret_size = place == NULL || place->raw == 0 ? 0 : shared_bytes_of(place);
    return *ret_size == 0 ? NULL : shared_at(shared, place);
}

int shared_vault(const struct shared *shared)
{
    return shared == NULL ? -1 : shared->descriptors.vault;
}

const unsigned char *shared_secret(const struct shared *shared)
{
    return shared == NULL ? NULL : shared->secret;
}
