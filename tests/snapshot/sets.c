#include "tests/snapshot/sets.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const file_names[FILES] = {"ca.pem", "cert.pem", "key.pem", "certificate.json"};

const char *const scheme_names[SCHEMES] = {"certfs", "rename", "kubernetes"};

void give_up(const char *what)
{
    fprintf(stderr, "torn: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static void must(int result, const char *what)
{
    if (result < 0)
        give_up(what);
}

/* ---- sets ---- */

size_t file_of(char letter)
{
    static const char letters[] = "ackj";
    const char *found = strchr(letters, tolower((unsigned char)letter));
    return found == NULL ? 0 : (size_t)(found - letters);
}

static size_t files_of(bool named)
{
    return named ? FILES : FILES - 1;
}

static struct piece load(int folder, const char *name)
{
    struct piece piece = {.bytes = malloc(FILE_MAX)};
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    must(fd, name);
    ssize_t length = piece.bytes == NULL ? -1 : read(fd, piece.bytes, FILE_MAX);
    must(length > 0 && length < FILE_MAX ? 0 : -1, name);
    close(fd);
    piece.size = (size_t)length;
    return piece;
}

void sets_load(struct sets *sets, char *const folders[], size_t count, bool named)
{
    errno = E2BIG;
    must(count <= SETS_MAX ? 0 : -1, "so many sets");
    sets->count = 0;
    for (size_t i = 0; i < count; i++) {
        int folder = open(folders[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
        struct set set = {.payload = {NULL, 0}};
        must(folder, folders[i]);
        errno = EEXIST;
        for (size_t file = 0; file < files_of(named); file++) {
            set.files[file] = load(folder, file_names[file]);
            must(sets_find(sets, file, set.files[file]) < 0 ? 0 : -1, folders[i]);
        }
        set.payload = load(folder, "payload.json");
        close(folder);
        sets->all[sets->count++] = set;
    }
}

void sets_free(struct sets *sets)
{
    for (size_t i = 0; i < sets->count; i++) {
        for (size_t file = 0; file < FILES; file++)
            free(sets->all[i].files[file].bytes);
        free(sets->all[i].payload.bytes);
    }
}

int sets_find(const struct sets *sets, size_t file, struct piece bytes)
{
    for (size_t i = 0; i < sets->count; i++) {
        const struct piece *known = &sets->all[i].files[file];
        if (known->size == bytes.size && memcmp(known->bytes, bytes.bytes, bytes.size) == 0)
            return (int)i;
    }
    return -1;
}

/* ---- files ---- */

ssize_t file_read(int fd, char *buffer)
{
    size_t size = 0;
    ssize_t length;
    while (size < FILE_MAX && (length = pread(fd, buffer + size, FILE_MAX - size, (off_t)size)) != 0) {
        if (length < 0)
            return -1;
        size += (size_t)length;
    }
    return (ssize_t)size;
}

ssize_t file_map(int fd, size_t size, char *buffer)
{
    void *mapped = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (mapped == MAP_FAILED)
        return -1;
    memcpy(buffer, mapped, size);
    munmap(mapped, size);
    ssize_t behind = pread(fd, buffer + size, FILE_MAX - size, (off_t)size);
    return behind < 0 ? -1 : (ssize_t)size + behind;
}

/* ---- places ---- */

static void write_file(int folder, const char *name, int flags, struct piece piece)
{
    int fd = openat(folder, name, O_WRONLY | O_CLOEXEC | flags, 0644);
    must(fd, name);
    ssize_t written = write(fd, piece.bytes, piece.size);
    must(written == (ssize_t)piece.size ? 0 : -1, name);
    must(close(fd), name);
}

/* The program that asks certfs, and how it asks for the previous set. */
static void find_control(struct place *place, const char *named)
{
    place->control = named == NULL ? "control" : "../../control";
    snprintf(place->restore, sizeof(place->restore),
             "{\"Action\":\"RestorePrevious\",\"CertificateIdentifier\":\"%s\"}", named == NULL ? "" : named);
}

void place_open(struct place *place, enum scheme scheme, const char *path, const char *named)
{
    bool below = scheme == SCHEME_CERTFS && named != NULL;
    char target[4096];
    snprintf(target, sizeof(target), "%s%s%s", path, below ? "/certificates/" : "", below ? named : "");
    *place = (struct place){.scheme = scheme, .folder = open(target, O_PATH | O_DIRECTORY | O_CLOEXEC)};
    must(place->folder, target);
    place->files = files_of(named != NULL);
    find_control(place, named);
    for (size_t file = 0; file < place->files && scheme == SCHEME_KUBERNETES; file++) {
        snprintf(target, sizeof(target), "..data/%s", file_names[file]);
        must(symlinkat(target, place->folder, file_names[file]), target);
    }
}

void place_close(struct place *place)
{
    close(place->folder);
}

static void rename_each(const struct place *place, const struct set *set)
{
    for (size_t file = 0; file < place->files; file++) {
        write_file(place->folder, ".next", O_CREAT | O_EXCL, set->files[file]);
        must(renameat(place->folder, ".next", place->folder, file_names[file]), file_names[file]);
    }
}

static void remove_version(const struct place *place, const char *name)
{
    int folder = openat(place->folder, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    must(folder, name);
    for (size_t file = 0; file < place->files; file++)
        must(unlinkat(folder, file_names[file], 0), name);
    close(folder);
    must(unlinkat(place->folder, name, AT_REMOVEDIR), name);
}

static void swap_data(struct place *place, const struct set *set)
{
    char name[32], old[32];
    snprintf(old, sizeof(old), "..%lu", place->version++);
    snprintf(name, sizeof(name), "..%lu", place->version);
    must(mkdirat(place->folder, name, 0755), name);
    int folder = openat(place->folder, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    must(folder, name);
    for (size_t file = 0; file < place->files; file++)
        write_file(folder, file_names[file], O_CREAT | O_EXCL, set->files[file]);
    close(folder);
    must(symlinkat(name, place->folder, "..data_tmp"), name);
    must(renameat(place->folder, "..data_tmp", place->folder, "..data"), name);
    if (place->version > 1)
        remove_version(place, old);
}

void place_restore(const struct place *place)
{
    char request[sizeof(place->restore)];
    memcpy(request, place->restore, sizeof(request));
    write_file(place->folder, place->control, 0, (struct piece){request, strlen(request)});
}

void place_rotate(struct place *place, const struct set *set, bool restore)
{
    switch (place->scheme) {
    case SCHEME_CERTFS:
        if (restore)
            place_restore(place);
        else
            write_file(place->folder, place->control, 0, set->payload);
        break;
    case SCHEME_RENAME:
        rename_each(place, set);
        break;
    default:
        swap_data(place, set);
    }
}

/* ---- beside ---- */

static void *rotate_beside(void *argument)
{
    struct beside *beside = argument;
    for (; !atomic_load(&beside->stop); beside->rotations += 2) {
        place_restore(&beside->named);
        place_restore(&beside->root);
    }
    return NULL;
}

void beside_start(struct beside *beside, const char *mount, const char *identifier)
{
    *beside = (struct beside){.runs = identifier != NULL};
    if (!beside->runs)
        return;
    place_open(&beside->named, SCHEME_CERTFS, mount, identifier);
    place_open(&beside->root, SCHEME_CERTFS, mount, NULL);
    errno = pthread_create(&beside->thread, NULL, rotate_beside, beside);
    must(errno == 0 ? 0 : -1, "another set");
}

unsigned long beside_stop(struct beside *beside)
{
    if (!beside->runs)
        return 0;
    atomic_store(&beside->stop, true);
    pthread_join(beside->thread, NULL);
    place_close(&beside->named);
    place_close(&beside->root);
    return beside->rotations;
}
