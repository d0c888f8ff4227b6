/*
 * load BOARD FIRST MOUNT NAMED KINDS SET...: what reads a mount without pause while its worker dies again and again.
 *
 * KINDS has a letter for each thread, whose place on the board is FIRST and following:
 *   r  passes over ca.pem, cert.pem and key.pem of the root set; n  of the named set NAMED
 *   m  the same as r through private mappings
 *   g  passes through the link `current`
 *   o  keeps descriptors and mappings of older generations, and reads them to their end later
 *   p  polls status
 *
 * Each SET is a folder with the served files and payload.json. Runs until the board has a stop; then prints the waits
 * of all opens (waits.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tests/snapshot/sets.h"
#include "tests/takeover/board.h"
#include "tests/takeover/waits.h"

enum {
    PASS_FILES = 3, /* ca, cert and key */
    KEPT = 24,      /* old passes that a thread of kind `o` holds */
    KEPT_PAUSE_MS = 40,
    UNREAD = -2,  /* in place of a set */
    GAP_MS = 190, /* README: 200 ms between two opens; the worker's clock has steps of some ms */
    OVER_MS = 250,
    POLL_MS = 1000,
};

static long rest_ms; /* between two passes, for a machine that is emulated */

struct reader {
    struct member *member;
    struct board *board;
    const struct sets *sets;
    const char *mount;
    char folder[512];
    size_t set; /* on the board */
    char kind;
    struct waits waits; /* of opens */
    pthread_t thread;
};

/* One pass: which generation each file has, and which set its bytes are of (-1: none). */
struct pass {
    int fds[PASS_FILES];
    uint64_t generation[PASS_FILES], acknowledged;
    int set[PASS_FILES];
    bool paused; /* two opens were too far apart: on a busy machine that is nobody's fault */
};

/* ---- the board ---- */

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static uint64_t begin(struct reader *reader, const char *doing, const char *name)
{
    uint64_t now = now_ns();
    snprintf(reader->member->doing, BOARD_WORD, "%s %s", doing, name);
    atomic_store(&reader->member->began, now);
    return now;
}

static uint64_t end(struct reader *reader, uint64_t began)
{
    uint64_t took = now_ns() - began;
    atomic_store(&reader->member->began, 0);
    if (took > atomic_load(&reader->member->longest))
        atomic_store(&reader->member->longest, took);
    return took;
}

static void note(struct reader *reader, _Atomic uint64_t *counter, const char *what)
{
    if (atomic_fetch_add(counter, 1) == 0 && (reader->member->text[0] == '\0' || counter != &reader->member->failed))
        snprintf(reader->member->text, BOARD_TEXT, "%.39s: %.76s", reader->member->doing, what);
}

static void fail(struct reader *reader)
{
    note(reader, &reader->member->failed, strerror(errno));
}

/* ---- passes ---- */

static int open_file(struct reader *reader, int folder, const char *name)
{
    uint64_t began = begin(reader, "open", name);
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    int error = errno;
    waits_add(&reader->waits, end(reader, began));
    errno = error;
    return fd;
}

static int look_at(struct reader *reader, int fd, size_t file, bool map, char *buffer, uint64_t *ret_generation)
{
    struct stat facts = {.st_ino = 0};
    uint64_t began = begin(reader, map ? "map" : "read", file_names[file]);
    ssize_t length = fstat(fd, &facts) != 0 ? -1
                     : map                  ? file_map(fd, (size_t)facts.st_size, buffer)
                                            : file_read(fd, buffer);
    int error = errno;
    end(reader, began);
    errno = error;
    *ret_generation = facts.st_ino >> 8;
    if (length < 0) {
        char what[BOARD_TEXT];
        snprintf(what, sizeof(what), "%s, of generation %lu, acknowledged %lu", strerror(errno), *ret_generation,
                 atomic_load(&reader->board->acknowledged[reader->set]));
        note(reader, &reader->member->failed, what);
        return UNREAD;
    }
    if (length != facts.st_size)
        note(reader, &reader->member->mixed, "another size than that of fstat");
    return sets_find(reader->sets, file, (struct piece){buffer, (size_t)length});
}

static void judge_pass(struct reader *reader, const struct pass *pass)
{
    char what[BOARD_TEXT];
    bool whole = true;
    for (size_t i = 0; i < PASS_FILES; i++)
        whole &= pass->set[i] >= 0 && pass->set[i] == pass->set[0] && pass->generation[i] == pass->generation[0];
    snprintf(what, sizeof(what), "sets %d %d %d, generations %lu %lu %lu, acknowledged %lu", pass->set[0], pass->set[1],
             pass->set[2], pass->generation[0], pass->generation[1], pass->generation[2], pass->acknowledged);
    if (pass->set[0] == UNREAD || pass->set[1] == UNREAD || pass->set[2] == UNREAD)
        return;
    if (!whole && pass->paused)
        atomic_fetch_add(&reader->member->excused, 1);
    else if (!whole)
        note(reader, &reader->member->mixed, what);
    if (pass->generation[0] < pass->acknowledged)
        note(reader, &reader->member->stale, what);
}

static struct pass new_pass(const struct reader *reader)
{
    return (struct pass){.fds = {-1, -1, -1}, .acknowledged = atomic_load(&reader->board->acknowledged[reader->set])};
}

/* False if a file did not open, or a pass through `current` came too late. */
static bool make_pass(struct reader *reader, int folder, bool map, bool keep, struct pass *ret)
{
    static _Thread_local char buffer[FILE_MAX];
    uint64_t before = 0;
    for (size_t file = 0; file < PASS_FILES; file++) {
        uint64_t began = now_ns();
        ret->fds[file] = open_file(reader, folder, file_names[file]);
        ret->paused |= before != 0 && now_ns() - before > GAP_MS * 1000000U;
        before = began;
        if (ret->fds[file] < 0)
            return false;
        ret->set[file] = look_at(reader, ret->fds[file], file, map, buffer, &ret->generation[file]);
        if (!keep)
            close(ret->fds[file]);
    }
    waits_rest(ret->paused ? OVER_MS : 0); /* else the passes of this thread begin in the middle from now on */
    return true;
}

static int open_folder(struct reader *reader, const char *path)
{
    uint64_t began = begin(reader, "open", path + strlen(reader->mount));
    int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    end(reader, began);
    if (folder < 0)
        fail(reader);
    return folder;
}

static void read_passes(struct reader *reader)
{
    struct pass pass;
    int folder = open_folder(reader, reader->folder);
    while (atomic_load(&reader->board->stop) == 0) {
        pass = new_pass(reader);
        if (make_pass(reader, folder, reader->kind == 'm', false, &pass))
            judge_pass(reader, &pass);
        else
            fail(reader);
        atomic_fetch_add(&reader->member->count, 1);
        waits_rest(rest_ms);
    }
    close(folder);
}

/* A generation that sixteen others have followed is gone. */
static void read_current(struct reader *reader)
{
    struct pass pass;
    while (atomic_load(&reader->board->stop) == 0) {
        pass = new_pass(reader);
        int folder = open_folder(reader, reader->folder);
        if (folder < 0)
            continue;
        uint64_t acknowledged = atomic_load(&reader->board->acknowledged[0]);
        if (make_pass(reader, folder, false, false, &pass))
            judge_pass(reader, &pass);
        else if (errno != ENOENT || atomic_load(&reader->board->acknowledged[0]) < acknowledged + 12)
            fail(reader);
        else
            atomic_fetch_add(&reader->member->excused, 1);
        close(folder);
        atomic_fetch_add(&reader->member->count, 1);
        waits_rest(rest_ms);
    }
}

struct kept {
    struct pass pass;
    void *maps[PASS_FILES]; /* untouched until the end */
    size_t sizes[PASS_FILES];
};

static void keep_pass(struct reader *reader, int folder, struct kept *kept)
{
    struct stat facts;
    *kept = (struct kept){.pass = new_pass(reader)};
    if (!make_pass(reader, folder, false, true, &kept->pass)) {
        fail(reader);
        return;
    }
    judge_pass(reader, &kept->pass);
    for (size_t i = 0; i < PASS_FILES; i++) {
        uint64_t began = begin(reader, "map", file_names[i]);
        int result = fstat(kept->pass.fds[i], &facts);
        end(reader, began);
        kept->sizes[i] = result == 0 ? (size_t)facts.st_size : 0;
        kept->maps[i] = mmap(NULL, kept->sizes[i], PROT_READ, MAP_PRIVATE, kept->pass.fds[i], 0);
        if (result != 0 || kept->maps[i] == MAP_FAILED)
            fail(reader);
    }
}

static void end_kept(struct reader *reader, struct kept *kept)
{
    static _Thread_local char buffer[FILE_MAX];
    uint64_t generation = 0;
    for (size_t i = 0; i < PASS_FILES && kept->pass.fds[i] >= 0; i++) {
        int set = look_at(reader, kept->pass.fds[i], i, false, buffer, &generation);
        uint64_t began = begin(reader, "old map", file_names[i]);
        if (kept->maps[i] != MAP_FAILED && kept->maps[i] != NULL && set >= 0 &&
            memcmp(kept->maps[i], buffer, kept->sizes[i]) != 0)
            note(reader, &reader->member->mixed, "a mapping differs from its file");
        end(reader, began);
        if (set != UNREAD && kept->pass.set[i] != UNREAD &&
            (set != kept->pass.set[i] || generation != kept->pass.generation[i]))
            note(reader, &reader->member->mixed, "an old descriptor reads something else");
        if (kept->maps[i] != MAP_FAILED && kept->maps[i] != NULL)
            munmap(kept->maps[i], kept->sizes[i]);
        close(kept->pass.fds[i]);
    }
}

static void keep_old(struct reader *reader)
{
    static _Thread_local struct kept kept[KEPT];
    const struct timespec pause = {.tv_nsec = KEPT_PAUSE_MS * 1000000L};
    int folder = open_folder(reader, reader->folder);
    size_t next = 0, count = 0;
    while (atomic_load(&reader->board->stop) == 0) {
        if (count == KEPT)
            end_kept(reader, &kept[next]);
        else
            count++;
        keep_pass(reader, folder, &kept[next]);
        next = (next + 1) % KEPT;
        atomic_fetch_add(&reader->member->count, 1);
        nanosleep(&pause, NULL);
    }
    for (size_t i = 0; i < count; i++)
        end_kept(reader, &kept[i]);
    close(folder);
}

/* ---- pollers ---- */

static void read_status(struct reader *reader, int fd)
{
    static _Thread_local char buffer[FILE_MAX];
    uint64_t began = begin(reader, "read", "status");
    ssize_t length = file_read(fd, buffer);
    end(reader, began);
    if (length < 0)
        fail(reader);
    else if (length == 0 || buffer[0] != '{')
        note(reader, &reader->member->failed, "no status");
}

static void poll_status(struct reader *reader)
{
    char path[600];
    snprintf(path, sizeof(path), "%s/status", reader->mount);
    uint64_t began = begin(reader, "open", "status");
    struct pollfd status = {.fd = open(path, O_RDONLY | O_CLOEXEC), .events = POLLIN};
    end(reader, began);
    if (status.fd < 0)
        fail(reader);
    while (atomic_load(&reader->board->stop) == 0 && status.fd >= 0) {
        began = begin(reader, "poll", "status");
        int ready = poll(&status, 1, POLL_MS);
        end(reader, began);
        atomic_store(&reader->member->longest, 0); /* it waits by intent */
        atomic_fetch_add(&reader->member->count, 1);
        if (ready < 0 || (ready > 0 && (status.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0))
            note(reader, &reader->member->failed, "poll reports an error");
        if (ready <= 0)
            continue;
        read_status(reader, status.fd);
        atomic_fetch_add(&reader->member->woken, 1);
    }
}

/* ---- the program ---- */

static void *run(void *argument)
{
    struct reader *reader = argument;
    static const struct {
        char kind;
        const char *name;
        void (*run)(struct reader *reader);
    } kinds[] = {{'r', "reader", read_passes}, {'n', "reader of named", read_passes},
                 {'m', "mapper", read_passes}, {'g', "reader of current", read_current},
                 {'o', "holder", keep_old},    {'p', "poller", poll_status}};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (kinds[i].kind == reader->kind) {
            snprintf(reader->member->kind, sizeof(reader->member->kind), "%s", kinds[i].name);
            atomic_store(&reader->member->pid, (uint32_t)getpid());
            atomic_store(&reader->member->tid, (uint32_t)syscall(SYS_gettid));
            kinds[i].run(reader);
        }
    return NULL;
}

static struct board *map_board(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    void *board = mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (board == MAP_FAILED)
        give_up(path);
    close(fd);
    return board;
}

int main(int argc, char **argv)
{
    static struct reader readers[BOARD_MEMBERS];
    static struct sets sets;
    if (argc < 7)
        give_up("BOARD FIRST MOUNT NAMED KINDS SET...");
    const char *rest = getenv("TAKEOVER_REST_MS");
    rest_ms = rest == NULL ? 0 : strtol(rest, NULL, 10);
    struct board *board = map_board(argv[1]);
    size_t first = strtoul(argv[2], NULL, 10), count = strlen(argv[5]);
    sets_load(&sets, argv + 6, (size_t)argc - 6, false);
    for (size_t i = 0; i < count && first + i < BOARD_MEMBERS; i++) {
        struct reader *reader = &readers[i];
        *reader = (struct reader){.member = &board->members[first + i],
                                  .board = board,
                                  .sets = &sets,
                                  .mount = argv[3],
                                  .kind = argv[5][i],
                                  .set = argv[5][i] == 'n'};
        const char *below[] = {"", "/certificates/", "/current"};
        snprintf(reader->folder, sizeof(reader->folder), "%s%s%s", argv[3],
                 below[reader->kind == 'n'   ? 1
                       : reader->kind == 'g' ? 2
                                             : 0],
                 reader->kind == 'n' ? argv[4] : "");
        if (pthread_create(&reader->thread, NULL, run, reader) != 0)
            give_up("a thread");
    }
    for (size_t i = 0; i < count; i++)
        pthread_join(readers[i].thread, NULL);
    struct waits all = {0};
    for (size_t i = 0; i < count; i++)
        waits_merge(&all, &readers[i].waits);
    waits_print(&all);
    sets_free(&sets);
    return 0;
}
