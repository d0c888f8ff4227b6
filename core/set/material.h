/*
 * material: a validated, proved, immutable certificate set.
 *
 * A set has ca.pem, cert.pem and key.pem; one from CertificatePem (bundle.h) or CertificateWallet (wallet_set.h) may
 * have ca.pem alone, or have none, and one from a wallet has that too.
 * build_material (build.h) is the one way to get a new one, so that no user of a material has to check it.
 * Reference counted; safe to share between threads.
 */
#ifndef CERTFS_CORE_SET_MATERIAL_H
#define CERTFS_CORE_SET_MATERIAL_H

#include "core/about/cert_info.h"
#include "core/about/findings.h"
#include "core/about/lifetimes.h"
#include "core/base/buf.h"
#include "core/set/content.h"

/* Whether there is a private key in the file. */
bool material_is_secret(enum material_file file);

struct material;

/* The parts of a material, for build.h and record_read.h alone, where a set has been judged. */
struct material_parts {
    const struct cert_info *facts;
    const struct findings *findings;
    struct lifetimes *lifetimes; /* consumed; may be empty */
    bool for_server, for_client;
    bool bundle;
    struct buf *files;   /* MATERIAL_FILE_COUNT of them; those that are consumed are empty after */
    struct content *key; /* key.pem of another material that this one shares; NULL: it is among the files, or none is */
    bool secret_unknown; /* the files of private keys stand for some that are elsewhere */
};

/* Faults: no_memory. */
MUST_CHECK int material_of_parts(const struct material_parts *parts, struct material **ret, struct fault *f);

/* Appends the results of judging the set, for its record (judged.h). Faults: no_memory, too_large. */
MUST_CHECK int material_write_judged(const struct material *material, struct buf *ret, struct fault *f);

struct material *material_ref(struct material *material);
void material_unref(struct material *material); /* accepts NULL */
void material_unrefp(struct material **material);

/* Borrowed; lives as long as the material. NULL: the set has no such file. */
struct content *material_content(const struct material *material, enum material_file file);

/* The files that it has: bits 1 << file. */
unsigned material_files(const struct material *material);

/* The files of `served` that `next` does not have, as loss.h wants them. */
unsigned material_loss(const struct material *served, const struct material *next);

/* Whether servers, and whether clients, can use its leaf. */
bool material_is_for_servers(const struct material *material);
bool material_is_for_clients(const struct material *material);

/* Whether it came as CertificatePem or CertificateWallet, and not as three fields. */
bool material_is_bundle(const struct material *material);

/* About the leaf, or the first of trust anchors that stand alone. Lives as long as the material. */
const struct cert_info *material_facts(const struct material *material);

/* The findings that do not depend on the time. Lives as long as the material. */
const struct findings *material_findings(const struct material *material);

/* The same and those that follow from the dates at the time `now` (lifetimes_review); decodes nothing. */
void material_findings_at(const struct material *material, int64_t now, struct findings *ret);

/* When the set ends, and which certificate ends it (lifetimes_end). Lives as long as the material. */
struct set_end material_end(const struct material *material, int64_t now);

/*
 * The same certificates, key and waivers, byte by byte; where the key of one is not known, the same certificates, to
 * which there is one key alone. For the thread that alone revokes (content_peek).
 */
bool material_equal(const struct material *a, const struct material *b);

/* The bytes of a file, none where there is none, for the thread that alone revokes (content_peek). */
struct span material_bytes(const struct material *material, enum material_file file);

/* Wipes every file at once, even if readers hold it open. */
void material_revoke(struct material *material);

#endif
