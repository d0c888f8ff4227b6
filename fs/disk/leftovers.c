#include "fs/disk/leftovers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/directory.h"
#include "core/base/text.h"
#include "core/store/filename.h"

enum {
    NAMED_MAX = 4, /* names in the sentence */
    LOOKED_AT_MAX = 4096,
    NAMES_SIZE = 560,
    PATH_SHOWN_SIZE = 201,
};

/* Names of other files. */
struct others {
    size_t count;
    size_t named;
    char names[NAMES_SIZE];
};

int leftovers_open(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool leftovers_is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int leftovers_visit_record(void *unused, const char *name)
{
    (void)unused;
    return filename_of(name) != FILENAME_FOREIGN;
}

bool leftovers_are_records(int directory)
{
    return directory_each(directory, leftovers_visit_record, NULL) == 1;
}

static int leftovers_visit_any(void *unused, const char *name)
{
    (void)unused;
    return !leftovers_is_dots(name);
}

bool leftovers_are_none(int directory)
{
    return directory_each(directory, leftovers_visit_any, NULL) == 0;
}

/* ---- files that get mode 0600 ---- */

/* Why it cannot be the result of a mistaken write; NULL if it can. */
static const char *leftovers_strange(const struct stat *file, uid_t owner)
{
    if (S_ISLNK(file->st_mode))
        return "is a symbolic link";
    if (S_ISDIR(file->st_mode))
        return "is a directory";
    if (!S_ISREG(file->st_mode))
        return "is not a regular file";
    if (file->st_nlink != 1)
        return "has other names (hard links)";
    return file->st_uid == 0 || file->st_uid == owner ? NULL : "belongs to another user";
}

/* The descriptor is O_PATH, since opening a FIFO or a device has effects; fchmod(2) does not take those. */
static int leftovers_close_to_others(int file)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    return chmod(path, S_IRUSR | S_IWUSR);
}

static void leftovers_describe_file(const char *path, const char *name, const struct stat *facts, int file, char *ret)
{
    unsigned mode = facts->st_mode & 07777;
    bool open_to_others = (mode & ~(unsigned)(S_IRUSR | S_IWUSR)) != 0;
    if (open_to_others && leftovers_close_to_others(file) != 0)
        snprintf(ret, PROBLEMS_SIZE,
                 "%s/%s was written while certfs was not mounted, mode %04o, and chmod failed (%s): "
                 "umount, remove it (shred -u), and replace a key that is in it",
                 path, name, mode, strerror(errno));
    else if (open_to_others)
        snprintf(ret, PROBLEMS_SIZE,
                 "%s/%s was written while certfs was not mounted; its mode %04o is 0600 now: umount, "
                 "remove it (shred -u), and replace a key that is in it: others could read it",
                 path, name, mode);
    else
        snprintf(ret, PROBLEMS_SIZE,
                 "%s/%s was written while certfs was not mounted, mode %04o: umount and remove it "
                 "(shred -u)",
                 path, name, mode);
}

static void leftovers_report_file(int directory, const char *path, const char *name, uid_t owner,
                                  struct problems *problems)
{
    char sentence[PROBLEMS_SIZE];
    CLEANUP(close_fd) int file = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat facts;
    if (file < 0 || fstat(file, &facts) != 0)
        return;
    const char *what = leftovers_strange(&facts, owner);
    if (what == NULL)
        leftovers_describe_file(path, name, &facts, file, sentence);
    else
        snprintf(sentence, sizeof(sentence),
                 "%s/%s lies below the mount and %s; it is left unchanged: umount and check it", path, name, what);
    problems_add(problems, sentence);
}

/* ---- other files ---- */

static void leftovers_note(struct others *others, const char *folder, const char *name)
{
    size_t used = strlen(others->names);
    others->count++;
    int length = snprintf(others->names + used, sizeof(others->names) - used, "%s%s%s%s", used > 0 ? ", " : "", folder,
                          folder[0] != '\0' ? "/" : "", name);
    if (others->named == NAMED_MAX || length < 0 || (size_t)length >= sizeof(others->names) - used)
        others->names[used] = '\0';
    else
        others->named++;
}

static bool leftovers_is_payload_name(const char *name)
{
    return strcmp(name, "control") == 0 || strcmp(name, "key.pem") == 0;
}

/* The mount has these directories too, so a program that wrote into them meant certfs. */
static bool leftovers_is_folder_of_ours(const char *name)
{
    return strcmp(name, "import") == 0 || strcmp(name, "certificates") == 0 || strcmp(name, "generations") == 0;
}

struct folder {
    const char *name;
    struct others *others;
};

static int leftovers_visit_folder(void *context, const char *name)
{
    const struct folder *folder = context;
    if (!leftovers_is_dots(name))
        leftovers_note(folder->others, folder->name, name);
    return folder->others->count == LOOKED_AT_MAX;
}

/* Returns whether names were added. */
static bool leftovers_note_folder(int directory, const char *name, struct others *others)
{
    struct folder context = {name, others};
    size_t before = others->count;
    if (!leftovers_is_folder_of_ours(name))
        return false;
    CLEANUP(close_fd) int folder = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    (void)!directory_each(folder, leftovers_visit_folder, &context);
    return others->count > before;
}

static void leftovers_report_others(const char *path, const struct others *others, struct problems *problems)
{
    char sentence[PROBLEMS_SIZE], more[32] = "";
    if (others->count > others->named)
        snprintf(more, sizeof(more), " and %zu more", others->count - others->named);
    snprintf(sentence, sizeof(sentence),
             "MOUNTPOINT %s is not empty, and the mount hides %s%s: umount and move it away", path, others->names,
             more);
    problems_add(problems, sentence);
}

struct report {
    int directory;
    const char *path;
    uid_t owner;
    struct others others;
    struct problems *problems;
};

static int leftovers_visit_entry(void *context, const char *name)
{
    struct report *report = context;
    if (leftovers_is_dots(name))
        return 0;
    if (leftovers_is_payload_name(name))
        leftovers_report_file(report->directory, report->path, name, report->owner, report->problems);
    else if (!leftovers_note_folder(report->directory, name, &report->others))
        leftovers_note(&report->others, "", name);
    return report->others.count == LOOKED_AT_MAX;
}

void leftovers_report(int directory, const char *path, struct problems *problems)
{
    char shown[PATH_SHOWN_SIZE];
    struct report report = {.directory = directory, .path = shown, .problems = problems};
    struct stat facts;
    text_fit(path, shown, sizeof(shown));
    if (fstat(directory, &facts) != 0)
        return;
    report.owner = facts.st_uid;
    (void)!directory_each(directory, leftovers_visit_entry, &report);
    if (report.others.count > 0)
        leftovers_report_others(shown, &report.others, problems);
}
