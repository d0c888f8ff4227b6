/* A wallet on its way: from CertificateWallet to files, record and back. */
#include <string.h>

#include "core/generation.h"
#include "core/memory.h"
#include "core/record.h"
#include "tests/unit/asking.h"
#include "tests/unit/harness.h"
#include "tests/unit/wallets.h"

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

static struct wallet_spec full(const struct pki *of)
{
    return (struct wallet_spec){.key = of->leaf_key, .certificates = {of->leaf, of->intermediate, of->root}};
}

static void expect_file(const struct material *material, enum material_file file, struct span expected)
{
    assert_true(span_equal(material_bytes(material, file), expected));
}

static void expect_files(const struct material *material, const struct pki *of, const struct buf *wallet)
{
    CLEANUP(buf_done) struct buf key = {0};
    expect_file(material, MATERIAL_CA, buf_span(&of->ca));
    expect_file(material, MATERIAL_CERT, buf_span(&of->cert));
    assert_true(material_bytes(material, MATERIAL_KEY).len > 0);
    expect_file(material, MATERIAL_WALLET, buf_span(wallet));
    assert_true(material_is_bundle(material));
}

static void a_wallet_is_a_set_like_any_other_and_its_bytes_are_a_file(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf bytes = {0}, text = {0};
    const struct wallet_spec spec = full(&pki);
    write_import(&spec, ",\"Tags\":[{\"Key\":\"a\",\"Value\":\"1\"}]", &bytes, &text);
    CLEANUP(asked_done) struct asked asked = ask_good((const char *)text.data);
    assert_true(asked.outcome.commit.changed);
    assert_string_equal(asked_text(&asked, "CertificateIdentifier"), "w");
    assert_null(strstr(asked_text(&asked, "CertificatePem"), "PRIVATE"));
    CLEANUP(generation_unrefp) struct generation *served = vault_current(asking_vault, "w");
    expect_files(served->material, &pki, &bytes);
}

static void the_same_wallet_changes_nothing_and_another_replaces_it(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf bytes = {0}, text = {0}, more = {0}, next = {0};
    struct wallet_spec spec = full(&pki);
    write_import(&spec, ",\"Replace\":true", &bytes, &text);
    do_good((const char *)text.data);
    CLEANUP(asked_done) struct asked again = ask_good((const char *)text.data);
    assert_false(again.outcome.commit.changed);
    spec = full(&other);
    write_import(&spec, ",\"Replace\":true", &more, &next);
    CLEANUP(asked_done) struct asked changed = ask_good((const char *)next.data);
    assert_true(changed.outcome.commit.changed);
    CLEANUP(generation_unrefp) struct generation *served = vault_current(asking_vault, "w");
    expect_files(served->material, &other, &more);
}

static void trusted_certificates_alone_are_ca_pem_and_the_wallet(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf bytes = {0}, text = {0};
    const struct wallet_spec spec = {.type = '7', .certificates = {pki.root, other.root, pki.root}};
    write_import(&spec, "", &bytes, &text);
    do_good((const char *)text.data);
    CLEANUP(generation_unrefp) struct generation *served = vault_current(asking_vault, "w");
    CLEANUP(buf_done) struct buf both = {0};
    pki_write_certificate(&both, pki.root);
    pki_write_certificate(&both, other.root);
    expect_file(served->material, MATERIAL_CA, buf_span(&both));
    assert_int_equal(material_bytes(served->material, MATERIAL_CERT).len, 0);
    assert_int_equal(material_bytes(served->material, MATERIAL_KEY).len, 0);
    expect_file(served->material, MATERIAL_WALLET, buf_span(&bytes));
}

static void what_is_in_a_wallet_is_judged(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf bytes = {0}, text = {0}, more = {0}, next = {0};
    struct wallet_spec spec = full(&pki);
    spec.key = pki_key(40);
    write_import(&spec, "", &bytes, &text);
    ask_bad((const char *)text.data, REASON_KEY_MISMATCH, "CertificateWallet", "of none of the wallet's certificates");
    struct pki_spec old = {.name = "old", .key = pki_key(41), .from = -20 * PKI_DAY, .until = -10 * PKI_DAY};
    X509 *expired = pki_certificate(&old);
    spec = (struct wallet_spec){.key = pki_key(41), .certificates = {expired}};
    write_import(&spec, "", &more, &next);
    ask_bad((const char *)next.data, REASON_EXPIRED, "CertificateWallet", "expired");
    X509_free(expired);
}

/* What the store holds becomes the same set again, its bytes too. */
static void a_record_brings_it_back(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf bytes = {0}, text = {0}, record_text = {0};
    const struct wallet_spec spec = full(&pki);
    write_import(&spec, "", &bytes, &text);
    do_good((const char *)text.data);
    CLEANUP(generation_unrefp) struct generation *served = vault_current(asking_vault, "w");
    const struct record record = {.generation = served, .previous = served->material};
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    CLEANUP(material_unrefp) struct material *again = NULL, *previous = NULL;
    struct fault f = {0};
    law_expect(record_write(&record, &record_text, &f), &f, REASON_NONE);
    law_expect(record_parse(buf_span(&record_text), &request, &f), &f, REASON_NONE);
    assert_true(record_has_previous(&request));
    law_expect(material_restore(&request.set, PKI_NOW, &again, &f), &f, REASON_NONE);
    law_expect(material_restore(&request.record.previous, PKI_NOW, &previous, &f), &f, REASON_NONE);
    assert_true(material_equal(again, served->material));
    assert_true(material_equal(previous, served->material));
}

static int make(void **state)
{
    (void)state;
    pki_make(&pki, pki_key(3));
    pki_make(&other, pki_key(7));
    return 0;
}

static int done(void **state)
{
    (void)state;
    pki_done(&pki);
    pki_done(&other);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASKING_TEST(a_wallet_is_a_set_like_any_other_and_its_bytes_are_a_file),
        ASKING_TEST(the_same_wallet_changes_nothing_and_another_replaces_it),
        ASKING_TEST(trusted_certificates_alone_are_ca_pem_and_the_wallet),
        ASKING_TEST(what_is_in_a_wallet_is_judged),
        ASKING_TEST(a_record_brings_it_back),
    };
    if (memory_init() != 0)
        return 1;
    return cmocka_run_group_tests(tests, make, done);
}
