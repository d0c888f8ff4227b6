/* A wallet on its way: from CertificateWallet to files, record and back. */
#include <string.h>

#include "core/draft/build.h"
#include "core/draft/restore.h"
#include "core/set/generation.h"
#include "core/store/record.h"
#include "core/store/record_read.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/request_client.h"
#include "tests/unit/lib/wallets.h"

static struct pki pki, other;

static void write_import(const struct wallet_spec *spec, const char *more, struct buf *bytes, struct buf *ret)
{
    wallet_make(spec, bytes);
    add_text(ret, "{\"CertificateIdentifier\":\"w\",\"CertificateWallet\":\"");
    wallet_text(buf_span(bytes), ret);
    add_text(ret, "\"");
    add_text(ret, more);
    add_text(ret, "}");
    add_bytes(ret, (struct span){(const unsigned char *)"", 1});
}

static void expect_file(const struct material *material, enum material_file file, struct span expected)
{
    assert_true(span_equal(material_bytes(material, file), expected));
}

static void expect_files(const struct material *material, const struct pki *of, const struct buf *wallet)
{
    expect_file(material, MATERIAL_CA, buf_span(&of->ca));
    expect_file(material, MATERIAL_CERT, buf_span(&of->cert));
    assert_true(material_bytes(material, MATERIAL_KEY).len > 0);
    expect_file(material, MATERIAL_WALLET, buf_span(wallet));
    assert_true(material_is_bundle(material));
}

TEST(a_wallet_is_a_set_like_any_other_and_its_bytes_are_a_file)
{
    CLEANUP(buf_done) struct buf bytes = {0}, text = {0};
    const struct wallet_spec spec = wallet_of(&pki);
    write_import(&spec, ",\"Tags\":[{\"Key\":\"a\",\"Value\":\"1\"}]", &bytes, &text);
    CLEANUP(asked_done) struct asked asked = ask_good((const char *)text.data);
    assert_true(asked.outcome.commit.changed);
    assert_string_equal(asked_text(&asked, "CertificateIdentifier"), "w");
    assert_null(strstr(asked_text(&asked, "CertificatePem"), "PRIVATE"));
    CLEANUP(generation_unrefp) struct generation *served = registry_current(asking_registry, "w");
    expect_files(served->material, &pki, &bytes);
}

TEST(the_same_wallet_changes_nothing_and_another_replaces_it)
{
    CLEANUP(buf_done) struct buf bytes = {0}, text = {0}, more = {0}, next = {0};
    struct wallet_spec spec = wallet_of(&pki);
    write_import(&spec, ",\"Replace\":true", &bytes, &text);
    do_good((const char *)text.data);
    CLEANUP(asked_done) struct asked again = ask_good((const char *)text.data);
    assert_false(again.outcome.commit.changed);
    spec = wallet_of(&other);
    write_import(&spec, ",\"Replace\":true", &more, &next);
    CLEANUP(asked_done) struct asked changed = ask_good((const char *)next.data);
    assert_true(changed.outcome.commit.changed);
    CLEANUP(generation_unrefp) struct generation *served = registry_current(asking_registry, "w");
    expect_files(served->material, &other, &more);
}

TEST(trusted_certificates_alone_are_ca_pem_and_the_wallet)
{
    CLEANUP(buf_done) struct buf bytes = {0}, text = {0};
    const struct wallet_spec spec = {.type = '7', .certificates = {pki.root, other.root, pki.root}};
    write_import(&spec, "", &bytes, &text);
    do_good((const char *)text.data);
    CLEANUP(generation_unrefp) struct generation *served = registry_current(asking_registry, "w");
    CLEANUP(buf_done) struct buf both = {0};
    pki_write_certificate(&both, pki.root);
    pki_write_certificate(&both, other.root);
    expect_file(served->material, MATERIAL_CA, buf_span(&both));
    assert_int_equal(material_bytes(served->material, MATERIAL_CERT).len, 0);
    assert_int_equal(material_bytes(served->material, MATERIAL_KEY).len, 0);
    expect_file(served->material, MATERIAL_WALLET, buf_span(&bytes));
}

TEST(the_contents_of_a_wallet_are_judged)
{
    CLEANUP(buf_done) struct buf bytes = {0}, text = {0}, more = {0}, next = {0};
    struct wallet_spec spec = wallet_of(&pki);
    spec.key = pki_key(40);
    write_import(&spec, "", &bytes, &text);
    ask_bad((const char *)text.data, REASON_KEY_MISMATCH, "CertificateWallet",
            "belongs to none of the wallet's certificates");
    struct pki_spec old = {.name = "old", .key = pki_key(41), .from = -20 * PKI_DAY, .until = -10 * PKI_DAY};
    X509 *expired = pki_certificate(&old);
    spec = (struct wallet_spec){.key = pki_key(41), .certificates = {expired}};
    write_import(&spec, "", &more, &next);
    ask_bad((const char *)next.data, REASON_EXPIRED, "CertificateWallet", "expired");
    X509_free(expired);
}

/* The record of the store becomes the same set again, with the same bytes. */
TEST(a_record_brings_it_back)
{
    CLEANUP(buf_done) struct buf bytes = {0}, text = {0}, record_text = {0};
    const struct wallet_spec spec = wallet_of(&pki);
    write_import(&spec, "", &bytes, &text);
    do_good((const char *)text.data);
    CLEANUP(generation_unrefp) struct generation *served = registry_current(asking_registry, "w");
    const struct record record = {.generation = served, .previous = served->material};
    CLEANUP(record_done) struct record_text read = {.format = 0};
    CLEANUP(material_unrefp) struct material *again = NULL, *previous = NULL;
    struct fault f = {0};
    law_expect(record_write(&record, &record_text, &f), &f, REASON_NONE);
    law_expect(record_parse(buf_span(&record_text), &read, &f), &f, REASON_NONE);
    assert_true(record_has_previous(&read));
    law_expect(restore_record(buf_span(&record_text), false, PKI_NOW, &again, &f), &f, REASON_NONE);
    law_expect(restore_record(buf_span(&record_text), true, PKI_NOW, &previous, &f), &f, REASON_NONE);
    assert_true(material_equal(again, served->material));
    assert_true(material_equal(previous, served->material));
}

/* The fields of the same set, and its certificates alone, which keep the key. */
TEST(a_wallet_goes_for_no_PEM_without_a_word)
{
    CLEANUP(buf_done) struct buf bytes = {0}, text = {0}, fields = {0}, alone = {0}, public = {0}, accepted = {0};
    const struct wallet_spec spec = wallet_of(&pki);
    write_import(&spec, "", &bytes, &text);
    do_good((const char *)text.data);
    asking_write_fields(&fields, "w", &pki, ",\"Replace\":true");
    ask_bad((const char *)fields.data, REASON_LOSES_FILES, "ssl_cert",
            "cwallet.sso would be gone: send CertificateWallet");
    add_bytes(&alone, buf_span(&pki.cert));
    add_bytes(&alone, buf_span(&pki.ca));
    asking_write_import(&public, "w", &alone, ",\"Replace\":true");
    ask_bad((const char *)public.data, REASON_LOSES_FILES, "CertificatePem", "cwallet.sso would be gone");
    CLEANUP(generation_unrefp) struct generation *served = registry_current(asking_registry, "w");
    expect_files(served->material, &pki, &bytes);
    asking_write_fields(&accepted, "w", &pki, ",\"Replace\":true,\"Accept\":[\"loses_files\"]");
    do_good((const char *)accepted.data);
    do_good("{\"Action\":\"RestorePrevious\",\"CertificateIdentifier\":\"w\"}");
    ask_bad("{\"Action\":\"RestorePrevious\",\"CertificateIdentifier\":\"w\"}", REASON_LOSES_FILES, "",
            "the previous set has no cwallet.sso: import");
}

static X509 *of_leaf_key(X509 *issuer, EVP_PKEY *issuer_key, long from, long until)
{
    return pki_certificate(&(struct pki_spec){.name = "db.example.com",
                                              .key = pki.leaf_key,
                                              .issuer = issuer,
                                              .issuer_key = issuer_key,
                                              .from = from * PKI_DAY,
                                              .until = until * PKI_DAY});
}

/* The wallet's files with this leaf, and nothing of the others but the warning; so after a restart without a verdict.
 */
static void expect_leaf(X509 *const certificates[], size_t count, X509 *leaf)
{
    CLEANUP(buf_done) struct buf bytes = {0}, text = {0}, cert = {0};
    struct wallet_spec spec = {.key = pki.leaf_key};
    memcpy(spec.certificates, certificates, count * sizeof(*certificates));
    write_import(&spec, ",\"Replace\":true", &bytes, &text);
    CLEANUP(asked_done) struct asked asked = ask_good((const char *)text.data);
    pki_write_certificate(&cert, leaf);
    CLEANUP(generation_unrefp) struct generation *served = registry_current(asking_registry, "w");
    assert_int_equal(memcmp(material_bytes(served->material, MATERIAL_CERT).data, cert.data, cert.len), 0);
    expect_file(served->material, MATERIAL_CA, buf_span(&pki.ca));
    const struct findings *findings = &asked.outcome.findings;
    bool warned = false;
    for (size_t i = 0; i < findings->warning_count; i++)
        warned |= strstr(findings->warnings[i].message, "has the leaf's key too and is left out; ") != NULL;
    assert_true(warned);
    CLEANUP(buf_done) struct buf wallet = {0};
    wallet_text(buf_span(&bytes), &wallet);
    const struct request_set set = {.wallet = wallet};
    CLEANUP(material_unrefp) struct material *again = NULL;
    struct fault f = {0};
    law_expect(material_restore(&set, PKI_NOW, &again, &f), &f, REASON_NONE);
    assert_true(material_equal(again, served->material));
}

TEST(the_good_one_of_certificates_of_one_key_that_lasts_longest_is_served)
{
    X509 *expired = of_leaf_key(pki.root, pki.root_key, -90, -1), *older = of_leaf_key(pki.root, pki.root_key, -80, 5);
    X509 *unborn = of_leaf_key(pki.root, pki.root_key, 1, 900), *alone = of_leaf_key(NULL, NULL, -1, 800);
    X509 *strange = of_leaf_key(pki.root, pki_key(11), -1, 700);
    X509 *placeholder =
        pki_certificate(&(struct pki_spec){.name = "db.example.com", .key = pki.leaf_key, .kind = PKI_CA});
    X509 *others[] = {expired, older, unborn, alone, strange, placeholder};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        expect_leaf((X509 *const[]){others[i], pki.leaf, pki.intermediate, pki.root}, 4, pki.leaf);
        expect_leaf((X509 *const[]){pki.root, pki.intermediate, pki.leaf, others[i]}, 4, pki.leaf);
    }
    expect_leaf((X509 *const[]){expired, older, unborn, alone, strange, pki.root}, 6, older);
    for (size_t i = 0; i < COUNT_OF(others); i++)
        X509_free(others[i]);
}

static void make(void)
{
    start_core();
    pki_make(&pki, pki_key(3));
    pki_make(&other, pki_key(7));
}

static void done(void)
{
    pki_done(&pki);
    pki_done(&other);
}

EACH_TEST(asking_setup, asking_teardown);
ALL_TESTS(make, done);
