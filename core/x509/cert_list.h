/*
 * cert_list: decodes the certificates of one field, without duplicates.
 */
#ifndef CERTFS_CORE_X509_CERT_LIST_H
#define CERTFS_CORE_X509_CERT_LIST_H

#include "core/about/findings.h"
#include "core/base/budget.h"
#include "core/base/buf.h"
#include "core/pem/pem.h"
#include "core/x509/ossl_x509.h"

enum { CERTIFICATES_IN_CHAIN_MAX = 32 };

/*
 * Decodes every certificate of `text`, at least one, in order; duplicates are dropped and reported as a repair. `max`
 * limits their number, 0 is unlimited. Without a budget the text is trusted, and outlines are not checked. Faults:
 * malformed_pem, wrong_block, unsupported, too_costly, too_large, no_memory.
 */
MUST_CHECK int cert_list_parse(struct span text, const char *field, int max, struct budget *budget,
                               STACK_OF(X509) **ret, struct findings *findings, struct fault *f);

/* Selects the blocks to decode: `skip` (may be NULL) returns true for blocks to ignore; `max` as above. */
struct cert_list_rule {
    bool (*skip)(const struct pem_block *block);
    int max;
};

/* The same for parsed blocks. */
MUST_CHECK int cert_list_read(const struct pem *pem, struct cert_list_rule rule, const char *field,
                              struct budget *budget, STACK_OF(X509) **ret, struct findings *findings, struct fault *f);

/* Replaces the list by an empty one and releases it (unless NULL); -1 if allocation fails. */
MUST_CHECK int cert_list_renew(STACK_OF(X509) **list);

/* Adds a reference to the certificate to the list; -1 if allocation fails. */
MUST_CHECK int cert_list_push(STACK_OF(X509) *list, X509 *certificate);

/* Appends a certificate as canonical PEM. Faults: no_memory, too_large. */
MUST_CHECK int cert_list_write(X509 *certificate, struct buf *ret, struct fault *f);

/* True if the private key belongs to the certificate. */
bool cert_list_belong(const X509 *certificate, EVP_PKEY *key);

/* True if the signature is strong enough for security level 2; the signature of a root is not checked. */
bool cert_list_have_strong_signature(X509 *certificate);

/* True if a server at security level 2 loads the certificate into its chain: key and signature are strong enough. */
bool cert_list_load(X509 *certificate);

/* Returns the certificate that belongs to the key, preferring one that is not a CA; NULL if there is none. */
X509 *cert_list_find_owner(const STACK_OF(X509) *list, EVP_PKEY *key);

/* True if the list contains this certificate. */
bool cert_list_contain(const STACK_OF(X509) *list, const X509 *certificate);

#endif
