#include "fs/disk/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "core/base/directory.h"
#include "core/base/fault.h"
#include "core/base/text.h"
#include "core/registry/registry.h"
#include "core/store/dir_store.h"
#include "core/store/kek.h"
#include "core/store/store.h"
#include "fs/disk/access.h"
#include "fs/host/ask.h"
#include "fs/host/test_hooks.h"
#include "fs/options/options.h"

enum { SHOWN_SIZE = 201 /* of a path */ };

static int watch_again(int fd)
{
    return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

int watch_open(const struct disk *disk, const struct options *options, struct problems *problems, struct ask *ask,
               struct watch *ret, struct fault *f)
{
    *ret = (struct watch){.options = options,
                          .problems = problems,
                          .ask = ask,
                          .store = watch_again(disk->store),
                          .user = disk->user,
                          .interval = test_hooks_time("CERTFS_TEST_WATCH_MS", WATCH_MS)};
    if (disk->store >= 0 && ret->store < 0)
        return fault_set_errno(f, REASON_SYSTEM, errno, "cannot watch the store and the keys");
    return 0;
}

void watch_close(struct watch *watch)
{
    close_fd(&watch->store);
    watch->store = -1;
}

/* ---- records that are not served ---- */

static ino_t watch_inode_of(int directory, const char *name)
{
    struct stat facts;
    return fstatat(directory, name, &facts, AT_SYMLINK_NOFOLLOW) == 0 ? facts.st_ino : 0;
}

static void watch_report_unlisted(struct watch *watch)
{
    char sentence[PROBLEMS_SIZE];
    watch->unlisted++;
    snprintf(sentence, sizeof(sentence), "%zu more files of STORE have problems: mend the listed ones and restart",
             watch->unlisted);
    problems_set(watch->problems, "more records", sentence);
}

void watch_note_record(void *context, const char *name, const char *sentence)
{
    struct watch *watch = context;
    if (name[0] == '\0') {
        problems_add(watch->problems, sentence);
        return;
    }
    if (watch->count == WATCH_RECORDS_MAX) {
        watch_report_unlisted(watch);
        return;
    }
    problems_set(watch->problems, name, sentence);
    struct watch_record *record = &watch->records[watch->count++];
    snprintf(record->name, sizeof(record->name), "%s", name);
    record->inode = watch_inode_of(watch->store, name);
}

/* A file with another inode was written by this worker, so its problem is over. */
static void watch_check_records(struct watch *watch)
{
    for (size_t i = 0; i < watch->count; i++)
        if (watch_inode_of(watch->store, watch->records[i].name) != watch->records[i].inode)
            problems_set(watch->problems, watch->records[i].name, "");
}

/* ---- the store ---- */

/* Messages for a path that does not lead to the open directory. */
struct loss {
    const char *what, *away, *replaced;
};

static void watch_report_place(enum directory_found place, const char *whole, const struct loss *loss,
                               struct problems *found)
{
    char sentence[PROBLEMS_SIZE], path[SHOWN_SIZE];
    const char *const texts[] = {[DIRECTORY_AWAY] = loss->away, [DIRECTORY_REPLACED] = loss->replaced};
    const char *text = texts[place];
    if (text == NULL)
        return;
    text_fit(whole, path, sizeof(path));
    snprintf(sentence, sizeof(sentence), "%s %s %s", loss->what, path, text);
    problems_add(found, sentence);
}

static void watch_check_filesystem(const struct watch *watch, struct problems *found)
{
    struct statfs kind;
    struct statvfs flags;
    char sentence[PROBLEMS_SIZE], path[SHOWN_SIZE];
    text_fit(watch->options->store, path, sizeof(path));
    bool in_memory = fstatfs(watch->store, &kind) == 0 && (kind.f_type == TMPFS_MAGIC || kind.f_type == RAMFS_MAGIC);
    if (in_memory)
        snprintf(sentence, sizeof(sentence),
                 "STORE %s is on a filesystem in memory (tmpfs): it is lost at a reboot; move it to a "
                 "disk",
                 path);
    if (in_memory)
        problems_add(found, sentence);
    if (fstatvfs(watch->store, &flags) == 0 && (flags.f_flag & ST_RDONLY) != 0)
        problems_add(found, "STORE is on a read-only filesystem: imports and removals are refused; mount it rw");
}

/* `needed`: the bits that the owner needs. */
static void watch_check_mode(const char *what, const char *whole, const struct stat *facts, mode_t needed,
                             struct problems *found)
{
    char sentence[PROBLEMS_SIZE], path[SHOWN_SIZE];
    const bool open = (facts->st_mode & (S_IRWXG | S_IRWXO)) != 0;
    if (!open && (facts->st_mode & needed) == needed)
        return;
    text_fit(whole, path, sizeof(path));
    snprintf(sentence, sizeof(sentence), "%s is %s (mode %04o): chmod 0700 %s", what,
             open ? "open to others" : "closed to its owner", (unsigned)facts->st_mode & 07777, path);
    problems_add(found, sentence);
}

/* Whether the worker may use what is in STORE. */
static bool watch_check_rights(const struct watch *watch, const struct stat *store, struct problems *found)
{
    char sentence[PROBLEMS_SIZE], path[SHOWN_SIZE];
    const uid_t self = geteuid();
    if (store->st_uid == self)
        return (store->st_mode & S_IRWXU) == S_IRWXU;
    text_fit(watch->options->store, path, sizeof(path));
    snprintf(sentence, sizeof(sentence),
             "STORE belongs to uid %u, so the worker, uid %u, cannot use it, and imports are refused: chown -R %u %s%s",
             (unsigned)store->st_uid, (unsigned)self, (unsigned)self, path,
             store->st_uid == 0 && watch->user == 0 ? ", or restart certfs" : "");
    problems_add(found, sentence);
    return false;
}

/* The context of a visit. */
struct look {
    struct watch *watch;
    struct problems *found;
};

static void watch_report_unopened(struct watch *watch, const char *name, struct problems *found)
{
    char *record = watch->unopened[watch->unopened_count++], sentence[PROBLEMS_SIZE];
    snprintf(record, FILENAME_DIGITS + 1, "%.*s", FILENAME_DIGITS, name);
    bool replaced = watch_inode_of(watch->store, record) != 0;
    if (replaced)
        snprintf(sentence, sizeof(sentence), "STORE keeps %s, a record that did not open; its set was imported again",
                 name);
    else
        snprintf(sentence, sizeof(sentence),
                 "STORE keeps %s, a record that did not open: import its set again (the name is the SHA-256 of its "
                 "identifier in lower case: printf %%s id | sha256sum), or move it back with its key and restart",
                 name);
    if (replaced)
        problems_remark(found, sentence);
    else
        problems_add(found, sentence);
}

/* A recent listing may have missed a change within the same tick of the filesystem's clock. */
static bool watch_has_changed(struct watch *watch, const struct stat *store)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    bool changed = store->st_mtim.tv_sec != watch->listed.tv_sec || store->st_mtim.tv_nsec != watch->listed.tv_nsec;
    watch->listed = store->st_mtim;
    return changed || now.tv_sec - store->st_mtim.tv_sec <= 2 * WATCH_MS / 1000;
}

static int watch_visit_store(void *context, const char *name)
{
    const struct look *look = context;
    if (filename_of(name) == FILENAME_UNOPENED)
        watch_report_unopened(look->watch, name, look->found);
    return look->found->count == WATCH_UNOPENED_MAX;
}

/* Lists the store only after a change: it may hold many thousand records. */
static void watch_list_unopened(struct watch *watch, const struct stat *store)
{
    static struct problems found;
    if (!watch_has_changed(watch, store))
        return;
    found = (struct problems)PROBLEMS_INITIALIZER;
    watch->unopened_count = 0;
    (void)!directory_each(watch->store, watch_visit_store, &(struct look){watch, &found});
    problems_replace(watch->problems, "unopened records", &found);
}

static void watch_check_store(struct watch *watch, enum directory_found place, struct problems *found)
{
    struct stat facts;
    if (fstat(watch->store, &facts) != 0)
        return;
    static const struct loss loss = {
        "STORE",
        "is gone: imports are refused, and a restart serves no set: put it back, or create it and restart certfs",
        "is not the directory in use: imports are refused, and a restart serves other sets: put that one back, or "
        "restart "
        "certfs"};
    watch_report_place(place, watch->options->store_path, &loss, found);
    watch_check_filesystem(watch, found);
    watch_check_mode("STORE", watch->options->store, &facts, S_IRWXU, found);
    watch->found.store_unusable = !watch_check_rights(watch, &facts, found);
    if (!watch->found.store_unusable)
        watch_list_unopened(watch, &facts);
}

/* ---- the keys ---- */

/* Describes a mode that is not a key's. */
static const char *watch_find_open(const struct stat *facts)
{
    if ((facts->st_mode & S_IRWXO) != 0)
        return "open to others";
    return (facts->st_mode & S_IRWXG) != 0 ? "open to its group" : "closed to its owner";
}

/* Where the supervisor is not root, root's key may be readable by its group alone; this process has the same one. */
static bool watch_is_foreign(const struct watch *watch, const struct stat *facts)
{
    const mode_t bit = facts->st_gid == getegid() ? S_IRGRP : S_IROTH;
    return facts->st_uid != watch->user && (facts->st_uid != 0 || (facts->st_mode & bit) == 0);
}

/* A key that others can access, or that its user cannot read, is refused when it is read (core/store/kek.h). */
static void watch_check_key(const struct watch *watch, const char *name, const struct stat *facts,
                            struct problems *found)
{
    char sentence[PROBLEMS_SIZE], path[SHOWN_SIZE];
    text_fit(watch->options->kek_dir, path, sizeof(path));
    if ((facts->st_mode & (S_IRWXG | S_IRWXO)) != 0 || (facts->st_mode & S_IRUSR) == 0) {
        snprintf(sentence, sizeof(sentence), "the key-encryption key %s is %s (mode %04o): chmod 0400 %s/%s", name,
                 watch_find_open(facts), (unsigned)facts->st_mode & 07777, path, name);
        problems_add(found, sentence);
    }
    if (watch_is_foreign(watch, facts)) {
        snprintf(sentence, sizeof(sentence), "the key-encryption key %s belongs to uid %u: chown %u %s/%s", name,
                 (unsigned)facts->st_uid, (unsigned)watch->user, path, name);
        problems_add(found, sentence);
    }
}

static void watch_check_keys_owner(const struct watch *watch, const struct stat *keys, struct problems *found)
{
    char sentence[PROBLEMS_SIZE], path[SHOWN_SIZE];
    if (keys->st_uid == 0 || keys->st_uid == watch->user)
        return;
    text_fit(watch->options->kek_dir, path, sizeof(path));
    snprintf(sentence, sizeof(sentence),
             "the directory of keys belongs to uid %u, who can change what is in it: chown %u %s",
             (unsigned)keys->st_uid, (unsigned)watch->user, path);
    problems_add(found, sentence);
}

static int watch_visit_keys(void *context, const char *name)
{
    const struct look *look = context;
    struct stat facts;
    if (kek_is_file(name) && ask_key_facts(look->watch->ask, name, &facts) == 0 && kek_can_be_in(&facts))
        watch_check_key(look->watch, name, &facts, look->found);
    return look->found->count == PROBLEMS_MAX;
}

/* `directory` lists the keys, and is closed. */
static void watch_check_keys(struct watch *watch, enum directory_found place, int directory, struct problems *found)
{
    static const struct loss loss = {
        "the directory of keys", "is gone: put it back, or a restart serves no set that is sealed with its keys",
        "is not the directory in use, whose keys a restart would miss: put that one back, or restart certfs"};
    watch_report_place(place, watch->options->kek_dir, &loss, found);
    struct stat facts;
    const size_t before = found->count;
    if (fstat(directory, &facts) == 0) {
        watch_check_mode("the directory of keys", watch->options->kek_dir, &facts, 0, found);
        watch_check_keys_owner(watch, &facts, found);
    }
    (void)!directory_list(directory, watch_visit_keys, &(struct look){watch, found});
    watch->found.keys_reported = found->count > before;
}

/* Returns false if the supervisor does not answer: then what was found before stays as it is. */
static bool watch_check_directories(struct watch *watch, struct problems *found)
{
    enum directory_found place;
    if (watch->store < 0)
        return true;
    if (access_find_store(watch->ask, &place) != 0)
        return errno != ETIMEDOUT;
    watch_check_store(watch, place, found);
    int directory = access_find_keys(watch->ask, &place);
    if (directory < 0)
        return errno != ETIMEDOUT;
    watch_check_keys(watch, place, directory, found);
    return true;
}

static void watch_report_silence(struct watch *watch, bool silent)
{
    char sentence[PROBLEMS_SIZE] = "";
    if (silent)
        snprintf(sentence, sizeof(sentence),
                 "the supervisor, process %d, does not answer, so imports are refused: if it is stopped, kill -CONT %d",
                 (int)getppid(), (int)getppid());
    problems_set(watch->problems, "the supervisor", sentence);
}

void watch_check(struct watch *watch)
{
    static const char about[] = "the store and the keys";
    static struct problems found; /* too large for the stack; only one thread checks */
    found = (struct problems)PROBLEMS_INITIALIZER;
    bool answered = watch_check_directories(watch, &found);
    watch_report_silence(watch, !answered);
    if (!answered)
        return;
    problems_replace(watch->problems, about, &found);
    if (!watch->found.store_unusable)
        watch_check_records(watch);
    kept_check(&watch->kept, &watch->found, watch->problems);
}

void watch_serve(struct watch *watch, struct registry *registry)
{
    watch->kept.registry = registry;
}

static bool watch_is_about(const struct watch *watch, const char *record)
{
    for (size_t i = 0; i < watch->count; i++)
        if (strcmp(watch->records[i].name, record) == 0)
            return true;
    for (size_t i = 0; i < watch->unopened_count; i++)
        if (strcmp(watch->unopened[i], record) == 0)
            return true;
    return false;
}

void watch_changed(struct watch *watch, const char *identifier)
{
    char record[DIR_STORE_NAME_SIZE];
    store_name(identifier, record);
    if (watch->kept.count > 0)
        kept_check(&watch->kept, &watch->found, watch->problems);
    if (watch->store >= 0 && watch_is_about(watch, record))
        watch_check(watch);
}

int watch_step(struct watch *watch, int64_t now_ms)
{
    if (watch->store < 0)
        return -1;
    if (now_ms >= watch->due) {
        watch_check(watch);
        watch->due = now_ms + watch->interval;
    }
    return (int)(watch->due - now_ms);
}
