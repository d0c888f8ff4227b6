/*
 * content: the bytes of one served file.
 *
 * Immutable and reference counted, per file: a key's bytes live as long as its own opens, not as long as those of
 * ca.pem. The one thing that can happen to a content is that it is revoked: its bytes are wiped at once,
 * even while it is referenced, and borrowing fails from then on. The lock inside exists for that moment alone.
 */
#ifndef CERTFS_CORE_SET_CONTENT_H
#define CERTFS_CORE_SET_CONTENT_H

#include "core/base/buf.h"

/* The files of a set. The last one is CertificateWallet as it was imported; the key is in it. */
enum material_file { MATERIAL_CA, MATERIAL_CERT, MATERIAL_KEY, MATERIAL_WALLET, MATERIAL_FILE_COUNT };

/* Those in PEM come first. */
#define MATERIAL_PEM_COUNT MATERIAL_WALLET

/* "ca.pem" and so on. */
const char *content_file_name(enum material_file file);

struct content;

/* Consumes the bytes. NULL if allocation fails; the bytes are then still the caller's. */
struct content *content_new(struct buf *bytes);

struct content *content_ref(struct content *content);
void content_unref(struct content *content); /* accepts NULL; the last one wipes */
void content_unrefp(struct content **content);

/* Whether one reference is left, the caller's: then nothing that is served or kept has it. */
bool content_is_last(const struct content *content);

/* The size it was made with, also after it was revoked. */
size_t content_size(const struct content *content);

/*
 * Borrows the bytes until content_return; revoking waits for it, so keep it short. Returns -1 when they
 * are revoked; there is nothing to return then.
 */
MUST_CHECK int content_borrow(struct content *content, struct span *ret);
void content_return(struct content *content);

/*
 * The bytes without the lock, empty when they are revoked. For the one thread that alone revokes: it can take its
 * time over them without making a reader wait.
 */
struct span content_peek(const struct content *content);

/* Wipes the bytes. Waits for a borrower. */
void content_revoke(struct content *content);

#endif
