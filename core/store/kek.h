/*
 * kek: key-encryption keys, one file each in a directory that is not the store's.
 *
 * An identifier is 1 to 255 characters of A-Z a-z 0-9 . _ : / -, the alphabet of AWS's KmsKeyId; the file's name has
 * '.' for '/' and ':' and does not begin with a dot. A key file is regular, not accessible to others than its owner
 * and group, in a directory that others cannot write, and holds 32 bytes or 64 hexadecimal digits (a final newline is
 * allowed).
 */
#ifndef CERTFS_CORE_STORE_KEK_H
#define CERTFS_CORE_STORE_KEK_H

#include <sys/stat.h>
#include <sys/types.h>

#include "core/base/buf.h"

enum { KEK_SIZE = 32, KEK_ID_MAX = 255 };

/* Whether the text can be an identifier. */
bool kek_is_id(const char *id);

/* Whether it can be the name of a key's file, which is one component of a path. */
bool kek_is_file(const char *name);

/* Whether a file can hold a key, by its kind and its size. */
bool kek_can_be_in(const struct stat *facts);

/*
 * How keys are reached. The functions get the name of a key's file and return -1 with errno; where they are NULL, this
 * process looks and opens in the directory itself.
 */
struct kek_source {
    int directory; /* of the keys, whose mode is checked; -1: there is none; O_PATH suffices for functions; borrowed */
    int (*open)(void *context, const char *file); /* for reading; for what cannot be a key, O_PATH; the caller's */
    int (*look)(void *context, const char *file, struct stat *ret); /* follows no link */
    /* The key's file that was opened last under this name, also if the name leads nowhere now; NULL: there is none. */
    int (*open_kept)(void *context, const char *file);
    void *context;
    pid_t process; /* that the functions ask, for messages */
};

/*
 * The fault of a key: key_not_accessible, "the key-encryption key CALLED is ...". `what` begins with the verb. The
 * identifier is whole; where it does not fit it is left out, and the caller names the key. Returns -1.
 */
int kek_refuse(const char *called, const char *what, struct fault *f);

/* The name of the file of the key with this identifier, which is one. */
void kek_file_name(const char *id, char ret[static KEK_ID_MAX + 1]);

/*
 * Reads the key named `id` into `ret`, KEK_SIZE bytes. `ret_facts` (may be NULL) gets those of its file. Fault:
 * key_not_accessible, for every cause; with errno ENOENT where there is no such key, EACCES where owner or mode of its
 * file or of the directory must be changed, and ETIMEDOUT where `open` has no answer.
 */
MUST_CHECK int kek_load(const struct kek_source *source, const char *id, struct buf *ret, struct stat *ret_facts,
                        struct fault *f);

/* The same of the file that `open_kept` gives; its owner and its mode are not checked. Fault: key_not_accessible. */
MUST_CHECK int kek_load_kept(const struct kek_source *source, const char *id, struct buf *ret, struct stat *ret_facts,
                             struct fault *f);

/* The same for a key that a request names: the fault does not hold the name, which is a part of the payload. */
MUST_CHECK int kek_load_named(const struct kek_source *source, const char *id, struct buf *ret, struct fault *f);

/* Looks up the file of the key of this name, which is one of kek_is_file. -1 with errno. */
MUST_CHECK int kek_look(const struct kek_source *source, const char *file, struct stat *ret);

/*
 * Makes a key from the system's random source, 0400, never over an existing one, and syncs it to disk.
 * Fault: key_not_accessible.
 */
MUST_CHECK int kek_create(int directory_fd, const char *id, struct fault *f);

#endif
