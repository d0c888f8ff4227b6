/*
 * cert_list: the certificates of one field, decoded, each of them once.
 */
#ifndef CERTFS_CORE_X509_CERT_LIST_H
#define CERTFS_CORE_X509_CERT_LIST_H

#include "core/about/findings.h"
#include "core/base/budget.h"
#include "core/pem/pem.h"
#include "core/x509/ossl_x509.h"

enum { CERTIFICATES_IN_CHAIN_MAX = 32 };

/*
 * Reads every certificate of `text`, in its order, at least one; repeated ones are dropped (and reported).
 * `max` bounds their number, 0 for no bound. Without a budget they were judged before: their outlines are not looked
 * at. Faults: malformed_pem, wrong_block, unsupported, too_costly, too_large, no_memory.
 */
MUST_CHECK int cert_list_parse(struct span text, const char *field, int max, struct budget *budget,
                               STACK_OF(X509) **ret, struct findings *findings, struct fault *f);

/* Which blocks are read: `skip` (may be NULL) tells those that are not; `max` as above. */
struct cert_list_rule {
    bool (*skip)(const struct pem_block *block);
    int max;
};

/* The same for blocks that are found already. */
MUST_CHECK int cert_list_read(const struct pem *pem, struct cert_list_rule rule, const char *field,
                              struct budget *budget, STACK_OF(X509) **ret, struct findings *findings, struct fault *f);

/* Makes an empty list in the place of this one (NULL: none), which is released; 0, or -1 for want of memory. */
MUST_CHECK int cert_list_renew(STACK_OF(X509) **list);

/* Adds a reference of the certificate to the list; 0, or -1 for want of memory. */
MUST_CHECK int cert_list_push(STACK_OF(X509) *list, X509 *certificate);

/* Appends a certificate as canonical PEM. Faults: no_memory, too_large. */
MUST_CHECK int cert_list_write(X509 *certificate, struct buf *ret, struct fault *f);

/* Whether the key is that of the certificate. */
bool cert_list_belong(const X509 *certificate, EVP_PKEY *key);

/* Whether its signature is strong enough at security level 2; nobody looks at that of a root. */
bool cert_list_have_strong_signature(X509 *certificate);

/* Whether a server at security level 2 loads the certificate behind its own: neither key nor signature is too weak. */
bool cert_list_load(X509 *certificate);

/* The certificate that belongs to the key; where several do, the first that is no CA. NULL: none does. */
X509 *cert_list_find_owner(const STACK_OF(X509) *list, EVP_PKEY *key);

/* Whether the list holds this very certificate. */
bool cert_list_contain(const STACK_OF(X509) *list, const X509 *certificate);

#endif
