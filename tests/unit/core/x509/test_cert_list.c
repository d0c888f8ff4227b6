#include "core/x509/cert_list.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "core/pem/pem.h"
#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/mutate.h"
#include "tests/unit/lib/pki.h"

static struct pki pki;

static int parse(struct span text, int max, STACK_OF(X509) **ret, struct findings *findings, struct fault *f)
{
    int result = cert_list_parse(text, "ssl_ca", max, &(struct budget){BUDGET_STEPS}, ret, findings, f);
    law_check(result, f, (struct span){pki.ca.data + 28, pki.ca.len - 56});
    assert_int_equal(*ret != NULL, result == 0);
    return result;
}

static void expect_refusal(struct span text, enum reason reason, const char *message)
{
    STACK_OF(X509) *list = NULL;
    struct findings findings = {0};
    struct fault f = {0};
    law_expect(parse(text, 0, &list, &findings, &f), &f, reason);
    assert_string_equal(f.field, "ssl_ca");
    if (strstr(f.message, message) == NULL)
        fail_msg("\"%s\" does not contain %s", f.message, message);
}

TEST(certificates_keep_their_order)
{
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *list = NULL;
    struct findings findings = {0};
    struct fault f = {0};
    assert_int_equal(parse(buf_span(&pki.cert), 0, &list, &findings, &f), 0);
    assert_int_equal(sk_X509_num(list), 2);
    assert_int_equal(X509_cmp(sk_X509_value(list, 0), pki.leaf), 0);
    assert_int_equal(X509_cmp(sk_X509_value(list, 1), pki.intermediate), 0);
    assert_int_equal(findings.repair_count, 0);
    assert_true(cert_list_contain(list, pki.leaf));
    assert_false(cert_list_contain(list, pki.root));
}

TEST(a_certificate_given_twice_is_kept_once_and_reported)
{
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *list = NULL;
    CLEANUP(buf_done) struct buf text = {0};
    struct findings findings = {0};
    struct fault f = {0};
    pki_write_certificate(&text, pki.root);
    pki_write_certificate(&text, pki.leaf);
    pki_write_certificate(&text, pki.root);
    assert_int_equal(parse(buf_span(&text), 0, &list, &findings, &f), 0);
    assert_int_equal(sk_X509_num(list), 2);
    assert_int_equal(findings.repair_count, 1);
    assert_int_equal(findings.repairs[0].repair, REPAIR_DUPLICATE_CERTIFICATE);
}

TEST(the_older_label_is_accepted)
{
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *list = NULL;
    CLEANUP(buf_done) struct buf text = {0};
    struct findings findings = {0};
    struct fault f = {0};
    unsigned char *der = NULL;
    int length = i2d_X509(pki.root, &der);
    assert_int_equal(pem_write("X509 CERTIFICATE", (struct span){der, (size_t)length}, &text, &f), 0);
    OPENSSL_free(der);
    assert_int_equal(parse(buf_span(&text), 0, &list, &findings, &f), 0);
    assert_int_equal(X509_cmp(sk_X509_value(list, 0), pki.root), 0);
}

TEST(the_number_of_certificates_can_be_bounded)
{
    CLEANUP(buf_done) struct buf text = {0};
    for (int i = 0; i < CERTIFICATES_IN_CHAIN_MAX + 1; i++) {
        X509 *certificate = pki_certificate(&(struct pki_spec){.name = "one of many", .key = pki_key(2)});
        pki_write_certificate(&text, certificate);
        X509_free(certificate);
        CLEANUP(ossl_stack_freep) STACK_OF(X509) *list = NULL, *unbounded = NULL;
        struct findings findings = {0};
        struct fault f = {0};
        law_expect(parse(buf_span(&text), CERTIFICATES_IN_CHAIN_MAX, &list, &findings, &f), &f,
                   i < CERTIFICATES_IN_CHAIN_MAX ? REASON_NONE : REASON_TOO_LARGE);
        fault_clear(&f);
        law_expect(parse(buf_span(&text), 0, &unbounded, &findings, &f), &f, REASON_NONE);
    }
}

TEST(other_blocks_are_named)
{
    static const struct {
        const char *label;
        const char *message;
    } rows[] = {
        {"PRIVATE KEY", "ssl_key"},
        {"RSA PRIVATE KEY", "ssl_key"},
        {"EC PRIVATE KEY", "ssl_key"},
        {"ENCRYPTED PRIVATE KEY", "encrypted"},
        {"TRUSTED CERTIFICATE", "TRUSTED CERTIFICATE"},
        {"CERTIFICATE REQUEST", "request"},
        {"NEW CERTIFICATE REQUEST", "request"},
        {"X509 CRL", "revocation list"},
        {"PUBLIC KEY", "public key"},
        {"PKCS7", "PKCS#7"},
        {"PKCS #7 SIGNED DATA", "PKCS#7 bundle; convert it with openssl pkcs7 -print_certs"},
        {"PKCS12", "PKCS#12 file; base64 -d its body, then openssl pkcs12 -nodes"},
        {"CMS", "CMS"},
        {"DH PARAMETERS", "is DH PARAMETERS, which are not needed; leave them out"},
        {"X9.42 DH PARAMETERS", "is X9.42 DH PARAMETERS, which are not needed"},
        {"DSA PARAMETERS", "is DSA PARAMETERS, which are not needed"},
        {"DSA PRIVATE KEY", "a DSA key, which TLS does not use"},
        {"OPENSSH PRIVATE KEY", "a private key of OpenSSH"},
        {"PGP SIGNATURE", "a PGP SIGNATURE"},
        {"EC PARAMETERS", "is EC PARAMETERS"},
        {"PGP SIGNED MESSAGE", "is a PGP SIGNED MESSAGE; take the text out of it with gpg --decrypt"},
        {"PGP PUBLIC KEY BLOCK", "is a PGP key, which TLS does not use"},
        {"AGE ENCRYPTED FILE", "is encrypted by age; decrypt it first"},
        {"TSS2 PRIVATE KEY", "is a key in a TPM"},
        {"ATTRIBUTE CERTIFICATE", "is an ATTRIBUTE CERTIFICATE, which TLS"},
        {"OCSP RESPONSE", "is an OCSP RESPONSE, which is not needed"},
        {"CERTIFICAT", "has a label that is not known; CERTIFICATE is expected"},
        {"X9.62 SOMETHING", "has a label that is not known; CERTIFICATE is expected"},
        {"CERTIFICATE 2", "has a label that is not known; CERTIFICATE is expected"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf_done) struct buf text = {0};
        struct fault f = {0};
        pki_write_certificate(&text, pki.root);
        assert_int_equal(pem_write(rows[i].label, span_of("abc"), &text, &f), 0);
        expect_refusal(buf_span(&text), REASON_WRONG_BLOCK, rows[i].message);
        expect_refusal(buf_span(&text), REASON_WRONG_BLOCK, "block 2 of ssl_ca");
    }
}

TEST(bytes_after_a_certificate_are_refused)
{
    CLEANUP(buf_done) struct buf der = {0}, text = {0};
    struct fault f = {0};
    unsigned char *bytes = NULL;
    int length = i2d_X509(pki.root, &bytes);
    assert_int_equal(buf_append(&der, (struct span){bytes, (size_t)length}, &f), 0);
    assert_int_equal(buf_append_text(&der, "x", &f), 0);
    OPENSSL_free(bytes);
    assert_int_equal(pem_write("CERTIFICATE", buf_span(&der), &text, &f), 0);
    expect_refusal(buf_span(&text), REASON_MALFORMED_PEM,
                   "bytes after the certificate; openssl x509 writes it without them");
}

TEST(other_blocks_are_refused_by_their_number)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct fault f = {0};
    pki_write_certificate(&text, pki.root);
    assert_int_equal(pem_write("CERTIFICATE", span_of("no certificate at all"), &text, &f), 0);
    expect_refusal(buf_span(&text), REASON_MALFORMED_PEM, "block 2 of ssl_ca");
    expect_refusal(span_of(""), REASON_MALFORMED_PEM, "PEM");
}

TEST(writing_gives_back_what_was_read)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct fault f = {0};
    assert_int_equal(cert_list_write(pki.leaf, &text, &f), 0);
    assert_int_equal(cert_list_write(pki.intermediate, &text, &f), 0);
    assert_true(span_equal(buf_span(&text), buf_span(&pki.cert)));
}

static void take_mutant(struct span mutant, void *context)
{
    size_t *taken = context;
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *list = NULL;
    CLEANUP(buf_done) struct buf text = {0};
    struct findings findings = {0};
    struct fault f = {0};
    if (parse(mutant, 0, &list, &findings, &f) != 0)
        return;
    ++*taken;
    for (int i = 0; i < sk_X509_num(list); i++)
        assert_int_equal(cert_list_write(sk_X509_value(list, i), &text, &f), 0);
    assert_int_equal(ERR_peek_error(), 0);
}

TEST(every_mutant_of_the_text_keeps_the_law)
{
    size_t taken = 0;
    mutate_each(buf_span(&pki.ca), 1, take_mutant, &taken);
    assert_true(taken > 0);
}

static void take_der_mutant(struct span mutant, void *context)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct fault f = {0};
    if (mutant.len == 0)
        return;
    assert_int_equal(pem_write("CERTIFICATE", mutant, &text, &f), 0);
    pki_write_certificate(&text, pki.leaf);
    take_mutant(buf_span(&text), context);
}

TEST(every_mutant_of_the_bytes_keeps_the_law)
{
    size_t taken = 0;
    unsigned char *der = NULL;
    int length = i2d_X509(pki.root, &der);
    mutate_each((struct span){der, (size_t)length}, 1, take_der_mutant, &taken);
    OPENSSL_free(der);
    assert_true(taken > 0);
}

static void attempt(void *context)
{
    (void)context;
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *list = NULL;
    struct findings findings = {0};
    struct fault f = {0};
    (void)parse(buf_span(&pki.cert), 0, &list, &findings, &f);
}

TEST(failed_allocations_keep_the_law)
{
    assert_true(alloc_fail_each(attempt, NULL) > 3);
}

static void setup(void)
{
    pki_make(&pki, pki_key(2));
}

static void teardown(void)
{
    pki_done(&pki);
}

/* ---- parsed blocks ---- */

static bool is_key(const struct pem_block *block)
{
    return strstr(block->label, "PRIVATE KEY") != NULL;
}

static int read_blocks(bool (*skip)(const struct pem_block *), int max, STACK_OF(X509) **ret, struct fault *f)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(pem_done) struct pem pem = {0};
    struct findings findings = {0};
    add_bytes(&text, buf_span(&pki.key));
    add_bytes(&text, buf_span(&pki.cert));
    assert_int_equal(pem_parse(buf_span(&text), "CertificatePem", &pem, &findings, f), 0);
    int result = cert_list_read(&pem, (struct cert_list_rule){skip, max}, "CertificatePem",
                                &(struct budget){BUDGET_STEPS}, ret, &findings, f);
    law_check(result, f, (struct span){pki.key.data + 30, pki.key.len - 60});
    return result;
}

TEST(skipped_blocks_are_counted_but_not_read)
{
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *list = NULL;
    struct fault f = {0};
    law_expect(read_blocks(is_key, 2, &list, &f), &f, REASON_NONE);
    assert_int_equal(sk_X509_num(list), 2);
    STACK_OF(X509) *none = NULL;
    law_expect(read_blocks(is_key, 1, &none, &f), &f, REASON_TOO_LARGE);
    fault_clear(&f);
    law_expect(read_blocks(NULL, 0, &none, &f), &f, REASON_WRONG_BLOCK);
    assert_non_null(strstr(f.message, "block 1 of CertificatePem"));
    assert_null(none);
}

TEST(the_owner_of_a_key_is_found_preferably_not_a_ca)
{
    X509 *ca = pki_certificate(&(struct pki_spec){.name = "CA", .key = pki.leaf_key, .kind = PKI_CA});
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *list = sk_X509_new_null();
    X509 *const items[] = {pki.root, ca, pki.leaf};
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        assert_ptr_equal(cert_list_find_owner(list, pki.leaf_key), i < 2 ? NULL : ca);
        assert_int_equal(X509_up_ref(items[i]), 1);
        assert_true(sk_X509_push(list, items[i]) > 0);
    }
    assert_ptr_equal(cert_list_find_owner(list, pki.leaf_key), pki.leaf);
    assert_ptr_equal(cert_list_find_owner(list, pki.root_key), pki.root);
    EVP_PKEY *const others[] = {pki_key(9), pki_rsa_key(), pki_ed25519_key()};
    for (size_t i = 0; i < COUNT_OF(others); i++)
        assert_null(cert_list_find_owner(list, others[i]));
    assert_int_equal(ERR_peek_error(), 0);
    X509_free(ca);
}

ALL_TESTS(setup, teardown);
