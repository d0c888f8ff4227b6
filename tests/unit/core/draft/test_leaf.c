/* The one of several certificates of one key that is served; and the use of the others. */
#include "core/draft/leaf.h"

#include <string.h>

#include "core/x509/cert_inspect.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/request_client.h"

static struct pki pki;
static X509 *self_signed, *older, *newer, *unborn, *stranger, *weak;

/* Imports the set of these certificates with the leaf's key; the certificate that is served first must be this one. */
static struct asked serve(X509 *const certificates[], X509 *const anchors[], X509 *expected)
{
    CLEANUP(buf_done) struct buf text = {0}, first = {0};
    struct pki fields = {.key = pki.key};
    for (; *certificates != NULL; certificates++)
        pki_write_certificate(&fields.cert, *certificates);
    for (; *anchors != NULL; anchors++)
        pki_write_certificate(&fields.ca, *anchors);
    asking_write_fields(&text, NULL, &fields, "");
    struct asked asked = ask_good((const char *)text.data);
    pki_write_certificate(&first, expected);
    CLEANUP(generation_unrefp) struct generation *current = registry_current(asking_registry, "");
    struct span cert = material_bytes(current->material, MATERIAL_CERT);
    cert.len = first.len < cert.len ? first.len : cert.len;
    assert_true(span_equal(cert, buf_span(&first)));
    buf_done(&fields.cert);
    buf_done(&fields.ca);
    return asked;
}

static void done(struct asked asked)
{
    asked_done(&asked);
}

static void expect_served(X509 *a, X509 *b, X509 *anchor, X509 *expected)
{
    done(serve((X509 *const[]){a, b, NULL}, (X509 *const[]){anchor, NULL}, expected));
    done(serve((X509 *const[]){b, a, NULL}, (X509 *const[]){anchor, NULL}, expected));
}

TEST(the_one_that_lasts_longest_is_served)
{
    expect_served(older, newer, pki.root, newer);
    expect_served(older, unborn, pki.root, older);
}

TEST(the_one_with_a_path_to_a_CA_is_served)
{
    expect_served(self_signed, older, pki.root, older);
    expect_served(stranger, older, pki.root, older);
}

TEST(one_that_is_issued_comes_before_one_that_is_pinned)
{
    X509 *const both[] = {self_signed, pki.root, NULL};
    done(serve((X509 *const[]){self_signed, older, NULL}, both, older));
    done(serve((X509 *const[]){older, self_signed, NULL}, both, older));
    expect_served(self_signed, older, self_signed, self_signed);
}

/* A longer-lasting certificate of the leaf's key, which differs in what the specification has. */
static X509 *rival_of(struct pki_spec spec)
{
    spec.name = spec.name == NULL ? "alone" : spec.name;
    spec.key = pki.leaf_key;
    spec.issuer = spec.issuer == NULL ? pki.root : spec.issuer;
    spec.issuer_key = spec.issuer_key == NULL ? pki.root_key : spec.issuer_key;
    spec.until = spec.until == 0 ? 200L * PKI_DAY : spec.until;
    return pki_certificate(&spec);
}

/* OpenSSL takes the root of the issuer's name from ssl_ca in any order, since the rival names no key. */
TEST(one_whose_path_openssl_does_not_build_is_not_served)
{
    X509 *middle = pki_certificate(&(struct pki_spec){
        .name = "Int", .key = pki_key(21), .issuer = pki.root, .issuer_key = pki.root_key, .kind = PKI_CA});
    X509 *namesake = pki_certificate(&(struct pki_spec){.name = "Int", .key = pki_key(22), .kind = PKI_CA});
    X509 *rival = rival_of((struct pki_spec){.issuer = middle, .issuer_key = pki_key(21), .no_key_identifiers = true});
    X509 *const anchors[] = {pki.root, namesake, NULL};
    done(serve((X509 *const[]){older, rival, middle, NULL}, anchors, older));
    done(serve((X509 *const[]){rival, middle, older, NULL}, anchors, older));
    X509 *const all[] = {middle, namesake, rival};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        X509_free(all[i]);
}

TEST(no_use_of_the_first_one_is_lost)
{
    const struct pki_spec specs[] = {
        {.purpose = "clientAuth"}, {.purpose = "serverAuth"}, {.extra = {"keyUsage", "critical,keyAgreement"}}};
    for (size_t i = 0; i < COUNT_OF(specs); i++) {
        X509 *rival = rival_of(specs[i]);
        done(serve((X509 *const[]){older, rival, NULL}, (X509 *const[]){pki.root, NULL}, older));
        X509_free(rival);
    }
    X509 *of_server = rival_of((struct pki_spec){.until = 90L * PKI_DAY, .purpose = "serverAuth"});
    done(serve((X509 *const[]){of_server, older, NULL}, (X509 *const[]){pki.root, NULL}, older));
    X509_free(of_server);
}

static bool has_warning(const struct asked *asked, const char *message)
{
    for (size_t i = 0; i < asked->outcome.findings.warning_count; i++)
        if (strcmp(asked->outcome.findings.warnings[i].message, message) == 0)
            return true;
    return false;
}

TEST(another_subject_or_alternative_name_is_no_renewal)
{
    const struct {
        struct pki_spec spec;
        const char *warning;
    } rows[] = {
        {{.name = "other"},
         "certificate 2 of ssl_cert (CN=other) has the key of CN=alone, but another subject: not served"},
        {{.extra = {"subjectAltName", "DNS:db2"}},
         "certificate 2 of ssl_cert (CN=alone) has the key of CN=alone, but another SAN: not served"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        X509 *rival = rival_of(rows[i].spec);
        CLEANUP(asked_done)
        struct asked asked = serve((X509 *const[]){older, rival, NULL}, (X509 *const[]){pki.root, NULL}, older);
        assert_true(has_warning(&asked, rows[i].warning));
        assert_int_equal(asked.outcome.findings.warning_count, 1);
        done(serve((X509 *const[]){rival, older, NULL}, (X509 *const[]){pki.root, NULL}, rival));
        X509_free(rival);
    }
}

TEST(the_same_alternative_names_in_another_order_are_a_renewal)
{
    X509 *first = rival_of((struct pki_spec){.until = 90L * PKI_DAY, .extra = {"subjectAltName", "DNS:a,DNS:b"}});
    X509 *second = rival_of((struct pki_spec){.extra = {"subjectAltName", "DNS:b,DNS:a"}});
    X509 *more = rival_of((struct pki_spec){.until = 250L * PKI_DAY, .extra = {"subjectAltName", "DNS:b,DNS:a,DNS:c"}});
    done(serve((X509 *const[]){first, second, more, NULL}, (X509 *const[]){pki.root, NULL}, second));
    X509 *const all[] = {first, second, more};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        X509_free(all[i]);
}

TEST(the_end_of_the_whole_path_counts)
{
    X509 *brief = pki_certificate(
        &(struct pki_spec){.name = "Brief", .key = pki_key(23), .kind = PKI_CA, .until = 20L * PKI_DAY});
    X509 *rival = rival_of((struct pki_spec){.issuer = brief, .issuer_key = pki_key(23)});
    X509 *const anchors[] = {brief, pki.root, NULL};
    done(serve((X509 *const[]){older, rival, NULL}, anchors, older));
    done(serve((X509 *const[]){rival, older, NULL}, anchors, older));
    X509_free(brief);
    X509_free(rival);
}

/* The answer of Describe, with the renewed certificate behind it: the key stays, since it is the key of both. */
TEST(a_renewed_certificate_without_its_key_is_served_with_the_key_that_stays)
{
    CLEANUP(buf_done) struct buf full = {0}, alone = {0};
    X509 *const list[] = {older, newer, pki.root};
    pki_write_certificate(&full, older);
    pki_write_certificate(&full, pki.root);
    add_bytes(&full, buf_span(&pki.key));
    do_import("Set-1", &full, "");
    for (size_t i = 0; i < COUNT_OF(list); i++)
        pki_write_certificate(&alone, list[i]);
    do_import("Set-1", &alone, ",\"Replace\":true");
    CLEANUP(generation_unrefp) struct generation *current = registry_current(asking_registry, "Set-1");
    struct cert_info facts;
    cert_inspect(newer, &facts);
    assert_string_equal(material_facts(current->material)->sha256, facts.sha256);
    assert_true(span_equal(material_bytes(current->material, MATERIAL_KEY), buf_span(&pki.key)));
}

TEST(the_same_holds_for_CertificatePem)
{
    X509 *const orders[][2] = {{self_signed, older}, {older, self_signed}};
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        CLEANUP(buf_done) struct buf text = {0};
        pki_write_certificate(&text, orders[i][0]);
        pki_write_certificate(&text, orders[i][1]);
        pki_write_certificate(&text, pki.root);
        add_bytes(&text, buf_span(&pki.key));
        do_import("Set-1", &text, i == 0 ? "" : ",\"Replace\":true");
        CLEANUP(generation_unrefp) struct generation *current = registry_current(asking_registry, "Set-1");
        struct cert_info facts;
        cert_inspect(older, &facts);
        assert_string_equal(material_facts(current->material)->sha256, facts.sha256);
    }
}

/* Renewed with its key, and both trusted: OpenSSL takes the first of them for the issuer of the other. */
TEST(a_pinned_certificate_is_trusted_wherever_it_stands)
{
    X509 *renewed = pki_certificate(&(struct pki_spec){.name = "alone", .key = pki.leaf_key, .until = 200L * PKI_DAY});
    X509 *const orders[][3] = {{self_signed, renewed, NULL}, {renewed, self_signed, NULL}};
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        done(serve((X509 *const[]){renewed, NULL}, orders[i], renewed));
        done(serve((X509 *const[]){self_signed, NULL}, orders[i], self_signed));
    }
    X509_free(renewed);
}

TEST(a_certificate_that_a_server_does_not_load_is_left_out_and_named)
{
    CLEANUP(buf_done) struct buf left = {0};
    CLEANUP(asked_done)
    struct asked asked = serve((X509 *const[]){older, weak, NULL}, (X509 *const[]){pki.root, NULL}, older);
    const struct findings *findings = &asked.outcome.findings;
    assert_int_equal(findings->repair_count, 1);
    assert_int_equal(findings->repairs[0].repair, REPAIR_WEAK_CERTIFICATE);
    assert_int_equal(findings->warnings[0].warning, WARNING_OFF_PATH);
    assert_non_null(strstr(findings->warnings[0].message, "certificate 2 of ssl_cert (CN=weak) is too weak to load"));
    CLEANUP(generation_unrefp) struct generation *current = registry_current(asking_registry, "");
    pki_write_certificate(&left, weak);
    assert_false(span_has(material_bytes(current->material, MATERIAL_CERT), buf_span(&left)));
}

static void setup(void)
{
    pki_make(&pki, pki_key(2));
    struct pki_spec spec = {.name = "alone", .key = pki.leaf_key, .until = 100L * PKI_DAY};
    self_signed = pki_certificate(&spec);
    spec.issuer = pki.root;
    spec.issuer_key = pki.root_key;
    older = pki_certificate(&spec);
    spec.until = 150L * PKI_DAY;
    newer = pki_certificate(&spec);
    spec.issuer = self_signed; /* its name, another key */
    spec.issuer_key = pki_key(11);
    stranger = pki_certificate(&spec);
    unborn = pki_certificate(&(struct pki_spec){.name = "alone",
                                                .key = pki.leaf_key,
                                                .issuer = pki.root,
                                                .issuer_key = pki.root_key,
                                                .from = PKI_DAY,
                                                .until = 300L * PKI_DAY});
    weak = pki_certificate(&(struct pki_spec){
        .name = "weak", .key = pki_key(12), .issuer = pki.root, .issuer_key = pki.root_key, .digest = EVP_sha1()});
}

static void teardown(void)
{
    X509 *const all[] = {self_signed, older, newer, unborn, stranger, weak};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        X509_free(all[i]);
    pki_done(&pki);
}

EACH_TEST(asking_setup, asking_teardown);
ALL_TESTS(setup, teardown);
