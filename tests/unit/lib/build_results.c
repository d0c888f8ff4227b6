#include "tests/unit/lib/build_results.h"

#include "tests/unit/lib/bundles.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/wallets.h"

static struct pki pki, rsa;

void results_fill_fields(struct request_set *set)
{
    add_bytes(&set->ssl_ca, buf_span(&pki.ca));
    add_bytes(&set->ssl_cert, buf_span(&pki.cert));
    add_bytes(&set->ssl_key, buf_span(&pki.key));
}

/* With repairs. */
void results_fill_untidy(struct request_set *set)
{
    add_text(&set->ssl_ca, "around\n");
    add_bytes(&set->ssl_ca, buf_span(&rsa.cert));
    add_bytes(&set->ssl_ca, buf_span(&rsa.ca));
    add_bytes(&set->ssl_cert, buf_span(&rsa.cert));
    add_bytes(&set->ssl_cert, buf_span(&rsa.ca));
    add_bytes(&set->ssl_key, buf_span(&rsa.key));
    set->accepted = UINT32_C(1) << REASON_LOSES_FILES | UINT32_C(1) << REASON_EXPIRED;
}

void results_fill_pinned(struct request_set *set)
{
    X509 *leaf = pki_certificate(&(struct pki_spec){.name = "alone", .key = pki.leaf_key});
    pki_write_certificate(&set->ssl_ca, leaf);
    pki_write_certificate(&set->ssl_cert, leaf);
    pki_write_key(&set->ssl_key, pki.leaf_key);
    X509_free(leaf);
}

void results_fill_bundle(struct request_set *set)
{
    bundle_of(&pki, &set->certificate_pem);
}

void results_fill_anchors(struct request_set *set)
{
    add_bytes(&set->certificate_pem, buf_span(&pki.ca));
    add_bytes(&set->certificate_pem, buf_span(&rsa.ca));
    set->accepted = UINT32_C(1) << REASON_LOSES_FILES;
}

/* The certificates of the served set, whose key stays. */
void results_fill_kept(struct request_set *set)
{
    add_bytes(&set->certificate_pem, buf_span(&pki.cert));
    add_bytes(&set->certificate_pem, buf_span(&pki.ca));
}

void results_fill_wallet(struct request_set *set)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    const struct wallet_spec spec = wallet_of(&pki);
    wallet_make(&spec, &bytes);
    wallet_text(buf_span(&bytes), &set->wallet);
}

results_filler *const results_fillers[RESULTS_FILLERS] = {
    results_fill_fields,  results_fill_untidy, results_fill_pinned, results_fill_bundle,
    results_fill_anchors, results_fill_kept,   results_fill_wallet,
};

void results_judge(results_filler *fill, const struct material *old, struct build_served *served,
                   struct build_result *ret)
{
    CLEANUP(request_done) struct request request = {.action = ACTION_IMPORT_MATERIAL};
    struct fault f = {0};
    fill(&request.set);
    build_describe(old, PKI_NOW, served);
    law_expect(build_judge(&request.set, served, PKI_NOW, ret, &f), &f, REASON_NONE);
}

void results_write(const struct build_result *result, struct buf *ret)
{
    struct fault f = {0};
    law_expect(build_wire_write_result(result, ret, &f), &f, REASON_NONE);
}

struct material *results_old(void)
{
    return set_material(&pki);
}

void results_before(void)
{
    start_core();
    pki_make(&pki, pki_key(2));
    pki_make(&rsa, pki_rsa_key());
}

void results_after(void)
{
    pki_done(&pki);
    pki_done(&rsa);
}
