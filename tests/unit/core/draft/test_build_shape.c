#include "core/draft/build_shape.h"

#include <string.h>

#include "core/pem/pem.h"
#include "core/x509/cert_list.h"
#include "tests/unit/lib/build_results.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/pki.h"

static void set_file(struct build_result *r, enum material_file file, const char *text)
{
    buf_done(&r->files[file]);
    add_text(&r->files[file], text);
}

#define BLOCK(label) "-----BEGIN " label "-----\nQUJD\n-----END " label "-----\n"

static void no_sha256(struct build_result *r)
{
    r->facts.sha256[0] = 'A';
}

static void short_sha256(struct build_result *r)
{
    r->facts.sha256[63] = '\0';
}

static void control_in_subject(struct build_result *r)
{
    r->facts.subject[3] = '\033';
}

static void negative_bits(struct build_result *r)
{
    r->facts.key_bits = -1;
}

static void endless_date(struct build_result *r)
{
    r->facts.not_after = INT64_MAX;
}

static void ancient_lifetime(struct build_result *r)
{
    r->lifetimes.list[0].from = INT64_MIN;
}

static void nameless_place(struct build_result *r)
{
    r->lifetimes.list[0].place[0] = '\0';
}

static void no_lifetimes(struct build_result *r)
{
    r->lifetimes.count = 0;
}

static void more_lifetimes(struct build_result *r)
{
    const struct lifetime one = r->lifetimes.list[0];
    while (r->lifetimes.count < 35)
        assert_int_equal(lifetimes_add(&r->lifetimes, &one), 0);
}

static void unknown_repair(struct build_result *r)
{
    findings_add_repair(&r->findings, REPAIR_COUNT, "ssl_ca");
}

static void repair_twice(struct build_result *r)
{
    findings_add_repair(&r->findings, REPAIR_BLANKS, "ssl_ca");
    r->findings.repairs[1] = r->findings.repairs[0];
    r->findings.repair_count = 2;
}

static void repair_elsewhere(struct build_result *r)
{
    findings_add_repair(&r->findings, REPAIR_BLANKS, "ssl_crl");
}

static void unknown_warning(struct build_result *r)
{
    findings_add_warning(&r->findings, WARNING_COUNT, "ssl_ca", "x");
}

static void warning_elsewhere(struct build_result *r)
{
    findings_add_warning(&r->findings, WARNING_PINNING, "Tags", "x");
}

static void silent_warning(struct build_result *r)
{
    findings_add_warning(&r->findings, WARNING_PINNING, "ssl_ca", "%s", "");
}

static void warning_of_two_lines(struct build_result *r)
{
    findings_add_warning(&r->findings, WARNING_PINNING, "ssl_ca", "a\nb");
}

static void waive_what_cannot_be(struct build_result *r)
{
    r->findings.waived = UINT32_C(1) << REASON_HANDSHAKE_FAILED;
}

static void waive_no_reason(struct build_result *r)
{
    r->findings.waived = UINT32_C(1) << 31;
}

static void anchors_are_text(struct build_result *r)
{
    add_text(&r->files[MATERIAL_CA], "# a comment\n");
}

static void anchors_are_a_key(struct build_result *r)
{
    set_file(r, MATERIAL_CA, BLOCK("PRIVATE KEY"));
}

static void chain_is_der(struct build_result *r)
{
    set_file(r, MATERIAL_CERT, "0\202\001\002");
}

static void chain_has_a_key(struct build_result *r)
{
    add_bytes(&r->files[MATERIAL_CERT], buf_span(&r->files[MATERIAL_KEY]));
}

static void chain_too_long(struct build_result *r)
{
    set_file(r, MATERIAL_CERT, "");
    for (int i = 0; i <= CERTIFICATES_IN_CHAIN_MAX; i++)
        add_text(&r->files[MATERIAL_CERT], BLOCK("CERTIFICATE"));
}

static void too_many_anchors(struct build_result *r)
{
    set_file(r, MATERIAL_CA, "");
    for (int i = 0; i <= PEM_BLOCKS_MAX; i++)
        add_text(&r->files[MATERIAL_CA], BLOCK("CERTIFICATE"));
}

static void two_keys(struct build_result *r)
{
    set_file(r, MATERIAL_KEY, BLOCK("PRIVATE KEY") BLOCK("PRIVATE KEY"));
}

static void key_of_two_kinds(struct build_result *r)
{
    set_file(r, MATERIAL_KEY, BLOCK("PRIVATE KEY") BLOCK("RSA PRIVATE KEY"));
}

static void encrypted_key(struct build_result *r)
{
    set_file(r, MATERIAL_KEY, BLOCK("ENCRYPTED PRIVATE KEY"));
}

static void ec_key(struct build_result *r)
{
    set_file(r, MATERIAL_KEY, BLOCK("EC PRIVATE KEY"));
}

static void certificate_as_key(struct build_result *r)
{
    set_file(r, MATERIAL_KEY, BLOCK("CERTIFICATE"));
}

static void no_key(struct build_result *r)
{
    set_file(r, MATERIAL_KEY, "");
}

static void no_chain(struct build_result *r)
{
    set_file(r, MATERIAL_CERT, "");
}

static void no_anchors(struct build_result *r)
{
    set_file(r, MATERIAL_CA, "");
}

static void chain_of_anchors_alone(struct build_result *r)
{
    set_file(r, MATERIAL_CERT, BLOCK("CERTIFICATE"));
}

static void key_of_anchors_alone(struct build_result *r)
{
    set_file(r, MATERIAL_KEY, BLOCK("PRIVATE KEY"));
}

static void one_anchor_more(struct build_result *r)
{
    add_text(&r->files[MATERIAL_CA], BLOCK("CERTIFICATE"));
}

static void no_wallet(struct build_result *r)
{
    set_file(r, MATERIAL_WALLET, "wallet");
}

static void wallet_beside_fields(struct build_result *r)
{
    set_file(r, MATERIAL_WALLET, "\xA1\xF8\x4E");
}

static void fields_without_their_key(struct build_result *r)
{
    r->keeps_key = true;
    set_file(r, MATERIAL_KEY, "");
}

static void key_beside_the_kept_one(struct build_result *r)
{
    set_file(r, MATERIAL_KEY, BLOCK("PRIVATE KEY"));
}

static void wallet_beside_the_kept_key(struct build_result *r)
{
    set_file(r, MATERIAL_WALLET, "\xA1\xF8\x4E");
}

static void key_kept_without_a_leaf(struct build_result *r)
{
    r->keeps_key = true;
}

static void files_gone(struct build_result *r)
{
    r->findings.waived = 0;
}

static const struct {
    results_filler *fill;
    void (*damage)(struct build_result *result);
    const char *message;
} damages[] = {
    {results_fill_fields, no_sha256, "sha256 is no SHA-256"},
    {results_fill_fields, short_sha256, "sha256 is out of range"},
    {results_fill_fields, control_in_subject, "subject is not printable ASCII"},
    {results_fill_fields, negative_bits, "key_bits is out of range"},
    {results_fill_fields, endless_date, "not_after is out of range"},
    {results_fill_fields, ancient_lifetime, "from is out of range"},
    {results_fill_fields, nameless_place, "place is out of range"},
    {results_fill_fields, no_lifetimes, "the number of lifetimes is 0"},
    {results_fill_fields, more_lifetimes, "the number of lifetimes is out of range"},
    {results_fill_fields, unknown_repair, "a repair is out of range"},
    {results_fill_fields, repair_twice, "a repair is there twice"},
    {results_fill_fields, repair_elsewhere, "field is none of a set"},
    {results_fill_fields, unknown_warning, "a warning is out of range"},
    {results_fill_fields, warning_elsewhere, "field is none of a set"},
    {results_fill_fields, silent_warning, "message is out of range"},
    {results_fill_fields, warning_of_two_lines, "message is not printable ASCII"},
    {results_fill_fields, waive_what_cannot_be, "waived names what cannot be waived"},
    {results_fill_fields, waive_no_reason, "waived names what cannot be waived"},
    {results_fill_fields, anchors_are_text, "ca.pem is no list of certificates"},
    {results_fill_fields, anchors_are_a_key, "ca.pem is no list of certificates"},
    {results_fill_fields, too_many_anchors, "ca.pem is no list of certificates"},
    {results_fill_fields, chain_is_der, "cert.pem is no chain of certificates"},
    {results_fill_fields, chain_has_a_key, "cert.pem is no chain of certificates"},
    {results_fill_fields, chain_too_long, "cert.pem is no chain of certificates"},
    {results_fill_fields, two_keys, "key.pem is no private key"},
    {results_fill_fields, key_of_two_kinds, "key.pem is no private key"},
    {results_fill_fields, encrypted_key, "key.pem is no private key"},
    {results_fill_fields, ec_key, "key.pem is no private key"},
    {results_fill_fields, certificate_as_key, "key.pem is no private key"},
    {results_fill_fields, no_key, "key.pem and cert.pem are not there together"},
    {results_fill_bundle, no_key, "key.pem and cert.pem are not there together"},
    {results_fill_bundle, no_chain, "cert.pem and the kind of the set do not agree"},
    {results_fill_fields, no_anchors, "bundle is not set, and the files are not three"},
    {results_fill_fields, wallet_beside_fields, "bundle is not set, and the files are not three"},
    {results_fill_anchors, chain_of_anchors_alone, "cert.pem and the kind of the set do not agree"},
    {results_fill_anchors, key_of_anchors_alone, "key.pem and cert.pem are not there together"},
    {results_fill_anchors, one_anchor_more, "ca.pem has not as many certificates"},
    {results_fill_anchors, no_anchors, "ca.pem has not as many certificates"},
    {results_fill_anchors, key_kept_without_a_leaf, "keeps_key is set where no key can stay"},
    {results_fill_anchors, files_gone, "waived lacks the loss of a file"},
    {results_fill_wallet, no_wallet, "cwallet.sso does not begin as a wallet"},
    {results_fill_fields, fields_without_their_key, "keeps_key is set where no key can stay"},
    {results_fill_kept, key_beside_the_kept_one, "key.pem and cert.pem are not there together"},
    {results_fill_kept, wallet_beside_the_kept_key, "keeps_key is set where no key can stay"},
};

static void read_bad(const struct build_result *result, const struct build_served *served, const char *message)
{
    CLEANUP(build_result_done) struct build_result read = {.keeps_key = false};
    CLEANUP(buf_done) struct buf bytes = {0};
    struct fault f = {0};
    results_write(result, &bytes);
    law_expect(build_wire_read_result(buf_span(&bytes), served, &read, &f), &f, REASON_JUDGE_FAILED);
    if (strstr(f.message, message) == NULL)
        fail_msg("\"%s\" does not contain \"%s\"", f.message, message);
}

TEST(a_result_that_no_judging_gives_is_refused)
{
    CLEANUP(material_unrefp) struct material *old = results_old();
    for (size_t i = 0; i < COUNT_OF(damages); i++) {
        CLEANUP(build_result_done) struct build_result result = {.keeps_key = false};
        struct build_served served;
        results_judge(damages[i].fill, old, &served, &result);
        damages[i].damage(&result);
        read_bad(&result, &served, damages[i].message);
    }
}

/* Nothing is served, or trust anchors alone, or a set without its key. */
TEST(a_key_is_kept_only_where_one_is_served)
{
    CLEANUP(material_unrefp) struct material *old = results_old();
    CLEANUP(build_result_done) struct build_result result = {.keeps_key = false};
    struct build_served served, less;
    results_judge(results_fill_kept, old, &served, &result);
    build_describe(NULL, PKI_NOW, &less);
    read_bad(&result, &less, "keeps_key is set where no key can stay");
    less = served;
    less.leaf[0] = '\0';
    read_bad(&result, &less, "keeps_key is set where no key can stay");
    less = served;
    less.files &= ~(1U << MATERIAL_KEY);
    read_bad(&result, &less, "keeps_key is set where no key can stay");
}

TEST(a_file_that_is_too_large_is_refused)
{
    CLEANUP(build_result_done) struct build_result result = {.keeps_key = false};
    struct build_served served;
    struct fault f = {0};
    results_judge(results_fill_wallet, NULL, &served, &result);
    assert_int_equal(buf_reserve(&result.files[MATERIAL_WALLET], FRAME_DOCUMENT_MAX, &f), 0);
    while (result.files[MATERIAL_WALLET].len <= FRAME_DOCUMENT_MAX)
        add_text(&result.files[MATERIAL_WALLET], "0123456789abcdef");
    read_bad(&result, &served, "cwallet.sso is out of range");
}

ALL_TESTS(results_before, results_after);
