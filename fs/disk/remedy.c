#include "fs/disk/remedy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/text.h"
#include "core/store/filename.h"
#include "core/store/kek.h"
#include "core/store/seal.h"
#include "fs/disk/leftovers.h"

enum { SHOWN_SIZE = 201, QUOTED_SIZE = SHOWN_SIZE + 2 };

/* Quotes a path for a shell, unless the path holds a quote itself. */
static void remedy_quote(const char *path, char ret[static QUOTED_SIZE])
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%+,-./:=@_";
    bool bare = strspn(path, plain) == strlen(path) || strchr(path, '\'') != NULL;
    char shown[SHOWN_SIZE];
    text_fit(path, shown, sizeof(shown));
    snprintf(ret, QUOTED_SIZE, bare ? "%s" : "'%s'", shown);
}

/* The first of NAME.unopened, NAME.unopened.2, ... that does not exist. */
static void remedy_find_free_name(int store, const char *name, char *ret, size_t size)
{
    snprintf(ret, size, "%s.unopened", name);
    for (unsigned number = 2; faccessat(store, ret, F_OK, AT_SYMLINK_NOFOLLOW) == 0 && number < 1000; number++)
        snprintf(ret, size, "%s.unopened.%u", name, number);
}

/* "certfs --new-key ID", with kek_dir= unless it is the default. */
static void remedy_write_new_key(const struct options *options, char *ret, size_t size)
{
    char quoted[QUOTED_SIZE];
    remedy_quote(options->kek_dir, quoted);
    if (strcmp(options->kek_dir, OPTIONS_KEK_DIR) == 0)
        snprintf(ret, size, "certfs --new-key %s", options->kek);
    else
        snprintf(ret, size, "certfs -o kek_dir=%s --new-key %s", quoted, options->kek);
}

/* The identifier of the key of a record, "" where that is not to be read. */
static void remedy_find_key(int store, const char *name, char ret[static KEK_ID_MAX + 1])
{
    CLEANUP(close_fd) int fd = openat(store, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    CLEANUP(buf_done) struct buf sealed = {0};
    struct fault ignored = {.reason = REASON_NONE};
    struct stat facts;
    ret[0] = '\0';
    if (fd < 0 || fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_size > BUF_MAX ||
        buf_reserve(&sealed, (size_t)facts.st_size, &ignored) != 0)
        return;
    sealed.len = read(fd, sealed.data, (size_t)facts.st_size) == facts.st_size ? (size_t)facts.st_size : 0;
    if (seal_key_id(buf_span(&sealed), ret, &ignored) != 0)
        ret[0] = '\0';
}

static void remedy_write_about_root(const struct options *options, int store, const struct fault *fault, char *ret)
{
    char name[FILENAME_DIGITS + 1], aside[FILENAME_DIGITS + 16], path[QUOTED_SIZE], key[KEK_ID_MAX + 1];
    bool missing = fault->reason == REASON_KEY_NOT_ACCESSIBLE;
    snprintf(name, sizeof(name), "%.*s", FILENAME_DIGITS, fault->field);
    remedy_find_key(store, name, key);
    if (!missing || strstr(fault->message, key) != NULL)
        key[0] = '\0';
    remedy_find_free_name(store, name, aside, sizeof(aside));
    remedy_quote(options->store, path);
    snprintf(ret, REMEDY_SIZE,
             "the root set does not open: %s; put back %s%s%s; or start without it: cd %s && mv %s %s, start certfs, "
             "import again",
             fault->message, missing ? "the key" : "the key that sealed it, or a good copy of the record",
             key[0] == '\0' ? "" : " ", key, path, name, aside);
}

static void remedy_write_about_key(const struct options *options, int store, const struct fault *fault, char *ret)
{
    char new_key[QUOTED_SIZE + KEK_ID_MAX + 100];
    remedy_write_new_key(options, new_key, sizeof(new_key));
    if (leftovers_are_records(store))
        snprintf(ret, REMEDY_SIZE, "%s; put it back, STORE holds records; only if it is lost: %s", fault->message,
                 new_key);
    else
        snprintf(ret, REMEDY_SIZE, "%s; make it: %s", fault->message, new_key);
}

void remedy_for_store(const struct options *options, int store, const struct fault *fault, char ret[static REMEDY_SIZE])
{
    if (strspn(fault->field, "0123456789abcdef") == FILENAME_DIGITS)
        remedy_write_about_root(options, store, fault, ret);
    else if (fault->reason == REASON_KEY_NOT_ACCESSIBLE && fault->os_errno == ENOENT)
        remedy_write_about_key(options, store, fault, ret);
    else if (fault->reason == REASON_KEY_NOT_ACCESSIBLE && strstr(fault->message, options->kek) == NULL)
        snprintf(ret, REMEDY_SIZE, "%s (kek=%s)", fault->message, options->kek);
    else
        snprintf(ret, REMEDY_SIZE, "%s", fault->message);
}
