#include "core/draft/decode.h"

#include "core/base/budget.h"
#include "core/base/buf.h"
#include "core/judge/arrange.h"
#include "core/judge/bundle.h"
#include "core/judge/wallet_set.h"
#include "core/pem/pem.h"
#include "core/pem/wallet.h"
#include "core/x509/cert_list.h"
#include "core/x509/private_key.h"

static int decode_fields(const struct request_set *set, struct budget *budget, struct decoded *d,
                         struct findings *findings, struct fault *f)
{
    if (cert_list_parse(buf_span(&set->ssl_ca), "ssl_ca", 0, budget, &d->given.anchors, findings, f) != 0 ||
        cert_list_parse(buf_span(&set->ssl_cert), "ssl_cert", CERTIFICATES_IN_CHAIN_MAX, budget, &d->given.chain,
                        findings, f) != 0 ||
        private_key_parse(buf_span(&set->ssl_key), "ssl_key", budget, &d->key, findings, f) != 0)
        return -1;
    return arrange_find_leaf(&d->given, d->key, &d->leaf, f);
}

static int decode_wallet(const struct request_set *set, struct budget *budget, struct decoded *d,
                         struct findings *findings, struct fault *f)
{
    CLEANUP(pem_done) struct pem blocks = {0};
    if (wallet_decode(buf_span(&set->wallet), &d->wallet, f) != 0 ||
        wallet_read(buf_span(&d->wallet), budget, &blocks, f) != 0)
        return -1;
    return wallet_set_read(&blocks, budget, &d->given, &d->key, &d->leaf, findings, f);
}

int decode_set(const struct request_set *set, struct budget *budget, struct decoded *ret, struct findings *findings,
               struct fault *f)
{
    if (set->wallet.len > 0)
        return decode_wallet(set, budget, ret, findings, f);
    if (set->certificate_pem.len == 0)
        return decode_fields(set, budget, ret, findings, f);
    return bundle_parse(buf_span(&set->certificate_pem), budget, &ret->given, &ret->key, &ret->leaf, findings, f);
}

/* An empty file has no certificates. */
static int decode_file(struct span text, const char *name, struct budget *budget, STACK_OF(X509) **ret, struct fault *f)
{
    struct findings ignored = {.repair_count = 0};
    if (text.len > 0)
        return cert_list_parse(text, name, 0, budget, ret, &ignored, f);
    *ret = sk_X509_new_null();
    return *ret == NULL ? fault_no_memory(f) : 0;
}

int decode_public(struct span ca, struct span cert, struct budget *budget, struct decoded *ret, struct fault *f)
{
    if (decode_file(ca, "ca.pem", budget, &ret->given.anchors, f) != 0 ||
        decode_file(cert, "cert.pem", budget, &ret->given.chain, f) != 0)
        return -1;
    ret->leaf = sk_X509_value(ret->given.chain, 0);
    return 0;
}

void decoded_done(struct decoded *decoded)
{
    given_done(&decoded->given);
    EVP_PKEY_free(decoded->key);
    buf_done(&decoded->wallet);
}
