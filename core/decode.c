#include "core/decode.h"

#include "core/arrange.h"
#include "core/bundle.h"
#include "core/certificates.h"
#include "core/cleanup.h"
#include "core/key.h"
#include "core/wallet.h"
#include "core/wallet_set.h"

static int decode_fields(const struct request_set *set, struct budget *budget, struct decoded *d,
                         struct findings *findings, struct fault *f)
{
    if (certificates_parse(buf_span(&set->ssl_ca), "ssl_ca", 0, budget, &d->given.anchors, findings, f) != 0 ||
        certificates_parse(buf_span(&set->ssl_cert), "ssl_cert", CERTIFICATES_IN_CHAIN_MAX, budget, &d->given.chain,
                           findings, f) != 0 ||
        key_parse(buf_span(&set->ssl_key), "ssl_key", budget, &d->key, findings, f) != 0)
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

void decoded_done(struct decoded *decoded)
{
    sk_X509_pop_free(decoded->given.chain, X509_free);
    sk_X509_pop_free(decoded->given.anchors, X509_free);
    sk_X509_pop_free(decoded->given.bundle, X509_free);
    EVP_PKEY_free(decoded->key);
    buf_done(&decoded->wallet);
}
