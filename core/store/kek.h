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

#include <sys/types.h>

#include "core/base/buf.h"

enum { KEK_SIZE = 32, KEK_ID_MAX = 255 };

/* Whether the text can be an identifier. */
bool kek_is_id(const char *id);

/*
 * The fault of a key: key_not_accessible, "the key-encryption key CALLED is ...". `what` begins with the verb. The
 * identifier is whole; where it does not fit it is left out, and the caller names the key. Returns -1.
 */
int kek_refuse(const char *called, const char *what, struct fault *f);

/* The name of the file of the key with this identifier, which is one. */
void kek_file_name(const char *id, char ret[static KEK_ID_MAX + 1]);

/*
 * Reads the key named `id` from the directory `directory_fd` (-1: there is none) into `ret`, KEK_SIZE bytes.
 * `ret_device` (may be NULL) gets the device that the file is on. Fault: key_not_accessible, for every cause;
 * with errno ENOENT where there is no such key.
 */
MUST_CHECK int kek_load(int directory_fd, const char *id, struct buf *ret, dev_t *ret_device, struct fault *f);

/* The same for a key that a request names: the fault does not hold the name, which is a part of the payload. */
MUST_CHECK int kek_load_named(int directory_fd, const char *id, struct buf *ret, struct fault *f);

/*
 * Makes a key from the system's random source, 0400, never over an existing one, and syncs it to disk.
 * Fault: key_not_accessible.
 */
MUST_CHECK int kek_create(int directory_fd, const char *id, struct fault *f);

#endif
