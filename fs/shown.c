#include "fs/shown.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/about/identifier.h"
#include "core/base/buf.h"

static const char against[] = "--against";

bool shown_is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int shown_read_all(int fd, struct buf *ret, struct fault *f)
{
    unsigned char piece[4096];
    ssize_t length;
    while ((length = read(fd, piece, sizeof(piece))) > 0)
        if (buf_append(ret, (struct span){piece, (size_t)length}, f) != 0)
            return -1;
    return length == 0 ? 0 : fault_set_errno(f, REASON_SYSTEM, errno, "cannot read the certificates of --against");
}

/* Appends nothing if the file does not exist. Opening a FIFO must not block. */
static int shown_read_file(int directory, const char *name, struct buf *ret, struct fault *f)
{
    CLEANUP(close_fd) int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0)
        return fault_set_errno(f, REASON_SYSTEM, errno, "cannot open %s of --against", name);
    return shown_read_all(fd, ret, f);
}

/* The last name of a path in certificates/, the directory of a named set; NULL for others. */
static const char *shown_name_of(char *path)
{
    char *name = strrchr(path, '/');
    if (name == NULL || name == path)
        return NULL;
    *name++ = '\0';
    const char *parent = strrchr(path, '/');
    return parent != NULL && strcmp(parent, "/certificates") == 0 ? name : NULL;
}

/* The name of the set as a listing has it, whatever the case of the document's letters. */
static void shown_find_name(int top, const char *identifier, char ret[static IDENTIFIER_MAX + 1])
{
    int fd = openat(top, "certificates", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *sets = fd < 0 ? NULL : fdopendir(fd);
    if (sets == NULL && fd >= 0)
        close(fd);
    for (struct dirent *entry; sets != NULL && (entry = readdir(sets)) != NULL;)
        if (identifier_same(entry->d_name, identifier))
            snprintf(ret, IDENTIFIER_MAX + 1, "%s", entry->d_name);
    if (sets != NULL)
        closedir(sets);
}

/* Without permission to list the sets, tries the name as the document has it, then in lower case. */
static int shown_open_named(int top, const char *identifier, char ret[static IDENTIFIER_MAX + 1])
{
    char below[sizeof("certificates/") + IDENTIFIER_MAX];
    shown_find_name(top, identifier, ret);
    snprintf(below, sizeof(below), "certificates/%s", ret[0] != '\0' ? ret : identifier);
    int set = openat(top, below, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (set >= 0 || errno != ENOENT || ret[0] != '\0')
        return set;
    for (char *letter = below; *letter != '\0'; letter++)
        *letter = (char)(*letter >= 'A' && *letter <= 'Z' ? *letter - 'A' + 'a' : *letter);
    set = openat(top, below, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (set >= 0)
        snprintf(ret, IDENTIFIER_MAX + 1, "%s", below + strlen("certificates/"));
    return set;
}

/* The directory of the set. -1 without a fault: there is none, for this set is new. */
static int shown_open_set(const char *path, const char *identifier, struct request_shown *shown, int *ret,
                          struct fault *f)
{
    char *whole = realpath(path, NULL);
    const char *name = whole == NULL ? NULL : shown_name_of(whole);
    bool other = name != NULL && identifier[0] != '\0' && !identifier_same(name, identifier);
    if (name != NULL && identifier[0] != '\0')
        snprintf(shown->identifier, sizeof(shown->identifier), "%s", name);
    bool search = name == NULL && identifier[0] != '\0';
    free(whole);
    if (other)
        return fault_set(f, REASON_USAGE, against, "the document is about another set than the directory of --against");
    CLEANUP(close_fd) int top = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    *ret = top < 0  ? -1
           : search ? shown_open_named(top, identifier, shown->identifier)
                    : openat(top, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*ret < 0 && (top < 0 || errno != ENOENT))
        return fault_set_errno(f, REASON_SYSTEM, errno, "cannot open the directory of --against");
    return 0;
}

int shown_look(void *context, const char *identifier, struct request_shown *ret, struct fault *f)
{
    CLEANUP(close_fd) int set = -1;
    if (shown_open_set(*(const char *const *)context, identifier, ret, &set, f) != 0)
        return -1;
    if (set < 0)
        return 0;
    if (shown_read_file(set, "ca.pem", &ret->ca, f) != 0 || shown_read_file(set, "cert.pem", &ret->cert, f) != 0)
        return -1;
    ret->has_key = faccessat(set, "key.pem", F_OK, 0) == 0;
    ret->has_wallet = faccessat(set, "cwallet.sso", F_OK, 0) == 0;
    bool mount = faccessat(set, "control", F_OK, 0) == 0;
    if (ret->ca.len == 0 && ret->cert.len == 0 && !mount)
        return fault_set(f, REASON_USAGE, against, "the directory of --against holds neither ca.pem nor cert.pem");
    return 0;
}
