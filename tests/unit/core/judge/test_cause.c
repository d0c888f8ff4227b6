#include "core/judge/cause.h"

#include <string.h>

#include "core/judge/judge.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/pki.h"
#include "tests/unit/lib/x509_list.h"

/* A leaf below a CA with only these extensions: pairs of name and value. */
struct family {
    const char *ca[PKI_EXTRA_MAX];
    const char *leaf[PKI_EXTRA_MAX];
    const char *expected; /* within the message */
    const char *field;
    enum reason reason;
};

static const char ca[] = "critical,CA:TRUE", signs[] = "critical,keyCertSign,cRLSign";

static X509 *make_ca(const struct family *family)
{
    struct pki_spec spec = {.name = "Root", .key = pki_key(5), .kind = PKI_NO_CONSTRAINTS, .no_key_identifiers = true};
    memcpy(spec.extra, family->ca, sizeof(spec.extra));
    return pki_certificate(&spec);
}

static X509 *make_leaf(const struct family *family, X509 *issuer)
{
    struct pki_spec spec = {.name = "db1.example.com",
                            .key = pki_key(3),
                            .issuer = issuer,
                            .issuer_key = pki_key(5),
                            .kind = PKI_NO_CONSTRAINTS,
                            .no_key_identifiers = true};
    memcpy(spec.extra, family->leaf, sizeof(spec.extra));
    return pki_certificate(&spec);
}

static void judge(X509 *leaf, STACK_OF(X509) *chain, STACK_OF(X509) *anchors, struct verdict *ret)
{
    const struct given given = {.chain = chain, .anchors = anchors};
    struct path path;
    judge_given(leaf, &given, &path, ret);
}

/* One violation has the expected message, and none is a fragment of OpenSSL's. */
static void expect_said(const struct verdict *verdict, const struct family *family)
{
    for (size_t i = 0; i < verdict->count; i++) {
        const struct fault *violation = &verdict->violations[i];
        law_check(-1, violation, (struct span){NULL, 0});
        size_t length = strlen(violation->message);
        assert_true(length > 3 && strcmp(violation->message + length - 3, "...") != 0);
        if (strstr(violation->message, family->expected) == NULL)
            continue;
        assert_int_equal(i, 0); /* the one that a person sees */
        assert_int_equal(violation->reason, family->reason);
        assert_string_equal(violation->field, family->field);
        return;
    }
    fail_msg("\"%s\" was expected; %zu violations came, the first is %s", family->expected, verdict->count,
             verdict->count == 0 ? "none" : verdict->violations[0].message);
}

static void expect_family(const struct family *family)
{
    X509 *root = make_ca(family), *leaf = make_leaf(family, root);
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *chain = list_of(leaf, NULL, NULL);
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = list_of(root, NULL, NULL);
    struct verdict verdict;
    judge(leaf, chain, anchors, &verdict);
    expect_said(&verdict, family);
    X509_free(root);
    X509_free(leaf);
}

static const struct family families[] = {
    {.ca = {"basicConstraints", ca, "keyUsage", signs, "nameConstraints", "critical,permitted;DNS:corp.internal"},
     .leaf = {"subjectAltName", "DNS:db1.example.com"},
     .expected = "has a name that its CA may not certify (nameConstraints); change name or CA",
     .field = "ssl_cert",
     .reason = REASON_UNTRUSTED_CHAIN},
    {.ca = {"basicConstraints", ca, "keyUsage", signs, "nameConstraints", "critical,excluded;DNS:example.com"},
     .leaf = {"subjectAltName", "DNS:db1.example.com"},
     .expected = "has a name that its CA may not certify (nameConstraints); change name or CA",
     .field = "ssl_cert",
     .reason = REASON_UNTRUSTED_CHAIN},
    {.ca = {"basicConstraints", ca, "keyUsage", "critical,cRLSign"},
     .expected = "(CN=Root) may not sign certificates: its keyUsage lacks keyCertSign; reissue it",
     .field = "ssl_ca",
     .reason = REASON_NOT_A_CA},
    {.ca = {NULL},
     .expected = "(CN=Root) is not a CA: it lacks basicConstraints CA:TRUE; have it reissued",
     .field = "ssl_ca",
     .reason = REASON_NOT_A_CA},
    {.ca = {"basicConstraints", "CA:FALSE"},
     .expected = "(CN=Root) is not a CA, yet it issued certificate 1 of ssl_cert; reissue it as a CA",
     .field = "ssl_ca",
     .reason = REASON_NOT_A_CA},
    {.ca = {"basicConstraints", ca, "keyUsage", signs},
     .leaf = {"keyUsage", "digitalSignature", "keyUsage", "keyEncipherment"},
     .expected = "has the extension keyUsage twice; have it reissued",
     .field = "ssl_cert",
     .reason = REASON_UNTRUSTED_CHAIN},
    {.ca = {"basicConstraints", ca, "keyUsage", signs},
     .leaf = {"subjectAltName", "DNS:a", "subjectAltName", "DNS:b"},
     .expected = "has the extension subjectAltName twice; have it reissued",
     .field = "ssl_cert",
     .reason = REASON_UNTRUSTED_CHAIN},
    {.ca = {"basicConstraints", ca, "basicConstraints", ca, "keyUsage", signs},
     .expected = "(CN=Root) has the extension basicConstraints twice; have it reissued",
     .field = "ssl_ca",
     .reason = REASON_UNTRUSTED_CHAIN},
    {.ca = {"basicConstraints", ca, "keyUsage", signs},
     .leaf = {"1.3.6.1.4.1.99999.7", "critical,DER:0500"},
     .expected = "has a critical extension unknown to OpenSSL: 1.3.6.1.4.1.99999.7; reissue it",
     .field = "ssl_cert",
     .reason = REASON_UNTRUSTED_CHAIN},
    {.ca = {"basicConstraints", ca, "keyUsage", signs, "1.3.6.1.4.1.99999.8", "critical,DER:0500"},
     .expected = "(CN=Root) has a critical extension unknown to OpenSSL: 1.3.6.1.4.1.99999.8; reissue it",
     .field = "ssl_ca",
     .reason = REASON_UNTRUSTED_CHAIN},
    {.ca = {"basicConstraints", ca, "keyUsage", signs},
     .leaf = {"1.3.6.1.4.1.99999.1111111.2222222.3333333", "critical,DER:0500"},
     .expected = "has a critical extension unknown to OpenSSL: of a long number; reissue it",
     .field = "ssl_cert",
     .reason = REASON_UNTRUSTED_CHAIN},
    {.ca = {"basicConstraints", ca, "extendedKeyUsage", "serverAuth", "extendedKeyUsage", "clientAuth"},
     .expected = "(CN=Root) has the extension extendedKeyUsage twice; have it reissued",
     .field = "ssl_ca",
     .reason = REASON_UNTRUSTED_CHAIN},
    {.ca = {"basicConstraints", ca, "keyUsage", signs},
     .leaf = {"sbgp-ipAddrBlock", "critical,IPv4:10.0.0.0/8"},
     .expected = "(CN=Root) lacks addresses or AS numbers (RFC 3779) of one below it; reissue that one",
     .field = "ssl_ca",
     .reason = REASON_UNTRUSTED_CHAIN},
    {.ca = {"basicConstraints", ca, "sbgp-autonomousSysNum", "critical,AS:1"},
     .leaf = {"sbgp-autonomousSysNum", "critical,AS:2"},
     .expected = "(CN=Root) lacks addresses or AS numbers (RFC 3779) of one below it; reissue that one",
     .field = "ssl_ca",
     .reason = REASON_UNTRUSTED_CHAIN},
    {.ca = {"basicConstraints", ca, "keyUsage", signs, "2.5.29.30", "critical,DER:0500"},
     .expected = "(CN=Root) has an extension that cannot be read; have it reissued",
     .field = "ssl_ca",
     .reason = REASON_UNTRUSTED_CHAIN},
    {.ca = {"2.5.29.19", "critical,DER:0500"},
     .expected = "(CN=Root) has an extension that cannot be read; have it reissued",
     .field = "ssl_ca",
     .reason = REASON_UNTRUSTED_CHAIN},
    {.ca = {"basicConstraints", ca, "keyUsage", signs},
     .leaf = {"2.5.29.17", "DER:0500"},
     .expected = "has an extension that cannot be read; have it reissued",
     .field = "ssl_cert",
     .reason = REASON_UNTRUSTED_CHAIN},
    {.ca = {"basicConstraints", ca, "keyUsage", signs},
     .leaf = {"extendedKeyUsage", "codeSigning"},
     .expected = "serves no TLS: extendedKeyUsage lacks serverAuth, clientAuth; reissue it",
     .field = "ssl_cert",
     .reason = REASON_WRONG_PURPOSE},
    {.ca = {"basicConstraints", ca, "keyUsage", signs},
     .leaf = {"keyUsage", "keyCertSign"},
     .expected = "serves no TLS: its keyUsage lacks digitalSignature; reissue it",
     .field = "ssl_cert",
     .reason = REASON_WRONG_PURPOSE},
    {.ca = {"basicConstraints", ca, "keyUsage", signs, "extendedKeyUsage", "codeSigning"},
     .expected =
         "certificate 1 of ssl_ca (CN=Root) cannot issue for TLS: extendedKeyUsage lacks serverAuth, clientAuth",
     .field = "ssl_ca",
     .reason = REASON_WRONG_PURPOSE},
    {.ca = {"basicConstraints", ca, "keyUsage", signs, "extendedKeyUsage", "serverAuth"},
     .leaf = {"extendedKeyUsage", "clientAuth"},
     .expected = "is for one side of TLS, its CA for the other (extendedKeyUsage); reissue one",
     .field = "ssl_cert",
     .reason = REASON_WRONG_PURPOSE},
    {.ca = {"basicConstraints", ca, "keyUsage", signs, "keyUsage", signs},
     .expected = "(CN=Root) has the extension keyUsage twice; have it reissued",
     .field = "ssl_ca",
     .reason = REASON_UNTRUSTED_CHAIN},
    {.ca = {"basicConstraints", ca, "2.5.29.15", "critical,DER:0500"},
     .expected = "(CN=Root) has an extension that cannot be read; have it reissued",
     .field = "ssl_ca",
     .reason = REASON_UNTRUSTED_CHAIN},
};

TEST(every_error_of_OpenSSL_has_a_whole_sentence)
{
    for (size_t i = 0; i < COUNT_OF(families); i++)
        expect_family(&families[i]);
}

TEST(a_key_identifier_and_a_serial_of_another_CA_are_named)
{
    static const struct family plain = {.ca = {"basicConstraints", ca, "subjectKeyIdentifier", "01:02:03"}};
    static const struct family other = {.ca = {"basicConstraints", ca, "subjectKeyIdentifier", "04:05:06"}};
    static const struct {
        const char *identifier;
        struct family family;
    } rows[] = {
        {"keyid:always",
         {.expected = "names another key identifier than its CA has; add that other CA or reissue it",
          .field = "ssl_cert",
          .reason = REASON_UNTRUSTED_CHAIN}},
        {"issuer:always",
         {.expected = "names another issuer or serial than its CA has; add that other CA or reissue it",
          .field = "ssl_cert",
          .reason = REASON_UNTRUSTED_CHAIN}},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct family leaf_family = {.leaf = {"authorityKeyIdentifier", rows[i].identifier}};
        X509 *issuer = make_ca(&plain), *served = make_ca(&other), *leaf = make_leaf(&leaf_family, issuer);
        CLEANUP(ossl_stack_freep) STACK_OF(X509) *chain = list_of(leaf, NULL, NULL);
        CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = list_of(served, NULL, NULL);
        struct verdict verdict;
        judge(leaf, chain, anchors, &verdict);
        expect_said(&verdict, &rows[i].family);
        X509_free(issuer);
        X509_free(served);
        X509_free(leaf);
    }
}

TEST(a_path_that_is_too_long_names_the_CA_that_forbids_it)
{
    static const struct family root_family = {.ca = {"basicConstraints", "critical,CA:TRUE,pathlen:0"}};
    X509 *root = make_ca(&root_family);
    X509 *middle = pki_certificate(&(struct pki_spec){
        .name = "Middle", .key = pki_key(6), .issuer = root, .issuer_key = pki_key(5), .kind = PKI_CA});
    X509 *leaf = pki_certificate(
        &(struct pki_spec){.name = "leaf", .key = pki_key(3), .issuer = middle, .issuer_key = pki_key(6)});
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *chain = list_of(leaf, middle, NULL);
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = list_of(root, NULL, NULL);
    static const struct family expected = {
        .expected = "(CN=Root) may have 0 CAs below it (pathlen), and 1 is there; reissue it with pathlen:1",
        .field = "ssl_ca",
        .reason = REASON_UNTRUSTED_CHAIN};
    struct verdict verdict;
    judge(leaf, chain, anchors, &verdict);
    expect_said(&verdict, &expected);
    X509_free(root);
    X509_free(middle);
    X509_free(leaf);
}

TEST(a_renewed_certificate_is_expected_where_the_old_one_is)
{
    static const struct {
        enum pki_kind kind;
        struct family expected;
    } rows[] = {
        {PKI_LEAF,
         {.expected = "(CN=db1) is not a CA; put the renewed certificate in its place",
          .field = "ssl_ca",
          .reason = REASON_NOT_A_CA}},
        {PKI_CA,
         {.expected = "(CN=db1) is an older or newer certificate of the same key; put the leaf itself in its place",
          .field = "ssl_ca",
          .reason = REASON_SAME_NAME}},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct pki_spec spec = {.name = "db1", .key = pki_key(3), .no_key_identifiers = true, .kind = rows[i].kind};
        X509 *old = pki_certificate(&spec), *renewed = pki_certificate(&spec);
        CLEANUP(ossl_stack_freep) STACK_OF(X509) *chain = list_of(renewed, NULL, NULL);
        CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = list_of(old, NULL, NULL);
        struct verdict verdict;
        judge(renewed, chain, anchors, &verdict);
        expect_said(&verdict, &rows[i].expected);
        X509_free(old);
        X509_free(renewed);
    }
}

TEST(a_CA_of_the_name_of_its_leaf_and_another_key_is_no_renewed_certificate)
{
    struct pki_spec spec = {.name = "db1", .key = pki_key(5), .no_key_identifiers = true, .kind = PKI_CA};
    X509 *issuer = pki_certificate(&spec);
    spec = (struct pki_spec){
        .name = "db1", .key = pki_key(3), .no_key_identifiers = true, .issuer = issuer, .issuer_key = pki_key(5)};
    X509 *leaf = pki_certificate(&spec);
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *chain = list_of(leaf, NULL, NULL);
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = list_of(issuer, NULL, NULL);
    static const struct family expected = {.expected = "(CN=db1) has the name of its CA; give the two different names",
                                           .field = "ssl_cert",
                                           .reason = REASON_SAME_NAME};
    struct verdict verdict;
    judge(leaf, chain, anchors, &verdict);
    expect_said(&verdict, &expected);
    X509_free(issuer);
    X509_free(leaf);
}

static void expect_incomplete(X509 *leaf, X509 *sent, X509 *anchor, const char *field, const char *message)
{
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *chain = list_of(leaf, sent, NULL);
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = list_of(anchor, NULL, NULL);
    const struct family expected = {.expected = message, .field = field, .reason = REASON_UNTRUSTED_CHAIN};
    struct verdict verdict;
    judge(leaf, chain, anchors, &verdict);
    expect_said(&verdict, &expected);
}

TEST(the_message_explains_why_a_path_ends)
{
    static const struct family odd_family = {
        .ca = {"basicConstraints", ca, "subjectKeyIdentifier", "01:02", "2.5.29.35", "DER:300480020304"}};
    struct pki pki;
    pki_make(&pki, pki_key(2));
    X509 *stale = pki_certificate(&(struct pki_spec){.name = "Test Intermediate",
                                                     .key = pki_key(8),
                                                     .issuer = pki.root,
                                                     .issuer_key = pki.root_key,
                                                     .kind = PKI_CA});
    X509 *namesake = pki_certificate(&(struct pki_spec){.name = "Test Root", .key = pki_key(8), .kind = PKI_CA});
    X509 *odd = make_ca(&odd_family), *below = make_leaf(&odd_family, odd);
    expect_incomplete(pki.leaf, stale, pki.root, "ssl_cert",
                      "is not signed by its issuer's namesake in ssl_cert (old?); add the right one");
    expect_incomplete(pki.leaf, pki.root, stale, "ssl_cert",
                      "is not signed by the CA of its issuer's name in ssl_ca; add the right one");
    expect_incomplete(pki.intermediate, pki.root, odd, "ssl_cert",
                      "has an issuer that is not in ssl_ca, but in ssl_cert; put it into ssl_ca");
    expect_incomplete(namesake, NULL, pki.root, "ssl_cert", "is self-signed and not in ssl_ca; add it there");
    expect_incomplete(pki.leaf, NULL, pki.root, "ssl_cert",
                      "was issued by CN=Test Intermediate, missing in ssl_cert (intermediate) or ssl_ca (root)");
    expect_incomplete(pki.leaf, NULL, pki.intermediate, "ssl_ca",
                      "is an intermediate of CN=Test Root, missing in ssl_ca");
    expect_incomplete(below, NULL, odd, "ssl_ca",
                      "is self-signed, but its key identifiers do not agree; have it reissued");
    X509_free(stale);
    X509_free(namesake);
    X509_free(odd);
    X509_free(below);
    pki_done(&pki);
}

TEST(the_digest_of_a_weak_signature_is_named)
{
    static const struct {
        bool pss;
        const EVP_MD *(*digest)(void);
        const char *text;
    } rows[] = {{true, EVP_sha1, "RSASSA-PSS with SHA-1"},
                {true, EVP_sha256, "RSASSA-PSS with SHA256"},
                {false, EVP_sha1, "SHA-1"},
                {false, EVP_sha224, "SHA-224"},
                {false, EVP_md5, "MD5"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[48];
        EVP_PKEY *key = rows[i].pss ? pki_rsa_pss_key() : pki_rsa_key();
        X509 *certificate = pki_certificate(&(struct pki_spec){.name = "CA", .key = key, .digest = rows[i].digest()});
        cause_signature_text(certificate, text, sizeof(text));
        assert_string_equal(text, rows[i].text);
        X509_free(certificate);
    }
}
