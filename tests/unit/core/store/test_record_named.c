/* Records of named sets: tags, CertificatePem, CertificateWallet, a previous set of any form; and what a host makes of
 * another's. */
#include "core/draft/build.h"
#include "core/store/record_read.h"

#include <stdio.h>
#include <string.h>

#include "core/draft/restore.h"
#include "core/json/json.h"
#include "core/store/record.h"
#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/bundles.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/mutate.h"
#include "tests/unit/lib/parser.h"
#include "tests/unit/lib/wallets.h"
#include "tests/unit/lib/wire_judging.h"

enum { FIELDS, WHOLE, ANCHORS, BARE, PINNED, PINNED_LAST, CA_AS_LEAF, BUNDLES, WALLET = BUNDLES, WALLET_PINNED, FORMS };

static struct material *forms[FORMS];

static struct tags *make_tags(void)
{
    static const struct {
        const char *key, *value;
    } rows[] = {{"Name", "\xC3\xA9t\xC3\xA9 a=b/c"}, {"empty", ""}};
    struct tag_input inputs[2];
    struct tags *tags = NULL;
    struct fault f = {0};
    for (size_t i = 0; i < 2; i++)
        inputs[i] = (struct tag_input){span_of(rows[i].key), span_of(rows[i].value)};
    law_expect(tags_add(NULL, inputs, 2, "Tags", &tags, &f), &f, REASON_NONE);
    return tags;
}

static struct generation *make(struct material *material)
{
    CLEANUP(resource_unrefp) struct resource *resource = resource_new("Replica-1", 7, set_arn(), PKI_NOW - 1);
    return generation_new(9, PKI_NOW, material, resource, "certfs");
}

static void write(const struct record *record, struct buf *ret)
{
    struct fault f = {0};
    law_expect(record_write(record, ret, &f), &f, REASON_NONE);
}

static void read(struct span text, struct record_text *ret)
{
    struct fault f = {0};
    law_expect(record_parse(text, ret, &f), &f, REASON_NONE);
}

static void expect_restored(struct material *material, const struct material *expected)
{
    assert_true(material_equal(material, expected));
    assert_int_equal(material_is_bundle(material), material_is_bundle(expected));
    assert_memory_equal(material_facts(material), material_facts(expected), sizeof(struct cert_info));
    material_unref(material);
}

/* The material restored from the text is the one that was written, judged anew or not. */
static void expect_material(struct span text, const struct record_set *set, bool previous,
                            const struct material *expected)
{
    struct material *material = NULL;
    struct fault f = {0};
    assert_true(set->judged.len > 0);
    assert_int_equal(set->opened.len > 0, set->wallet.len > 0);
    law_expect(record_material(set, &material, &f), &f, REASON_NONE);
    expect_restored(material, expected);
    law_expect(restore_record(text, previous, PKI_NOW, &material, &f), &f, REASON_NONE);
    expect_restored(material, expected);
}

TEST(every_form_comes_back_as_it_was_with_a_previous_one_of_any_form)
{
    for (int current = 0; current < FORMS; current++)
        for (int previous = 0; previous < FORMS; previous++) {
            CLEANUP(buf_done) struct buf text = {0};
            CLEANUP(record_done) struct record_text read_back = {.format = 0};
            CLEANUP(generation_unrefp) struct generation *generation = make(forms[current]);
            const struct record record = {.generation = generation, .previous = forms[previous]};
            write(&record, &text);
            read(buf_span(&text), &read_back);
            assert_int_equal(read_back.set.ssl_key.len > 0, current == FIELDS);
            expect_text(&read_back.identifier, "Replica-1");
            assert_true(record_has_previous(&read_back));
            expect_material(buf_span(&text), &read_back.set, false, forms[current]);
            expect_material(buf_span(&text), &read_back.previous, true, forms[previous]);
        }
}

/* A start is not to open wallets: what was found in one is taken from its record, even if the wallet does not open. */
TEST(the_origin_of_a_wallet_is_not_looked_for_again)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(record_done) struct record_text read_back = {.format = 0};
    CLEANUP(generation_unrefp) struct generation *generation = make(forms[WALLET]);
    CLEANUP(material_unrefp) struct material *material = NULL;
    const struct record record = {.generation = generation};
    struct fault f = {0};
    write(&record, &text);
    read(buf_span(&text), &read_back);
    memset(read_back.set.wallet.data, 'A', 8);
    law_expect(record_material(&read_back.set, &material, &f), &f, REASON_NONE);
    for (enum material_file file = MATERIAL_CA; file < MATERIAL_PEM_COUNT; file++)
        assert_true(span_equal(material_bytes(material, file), material_bytes(forms[WALLET], file)));
}

TEST(tags_come_back_in_their_order)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(record_done) struct record_text read_back = {.format = 0};
    CLEANUP(generation_unrefp) struct generation *generation = make(forms[WHOLE]);
    CLEANUP(tags_unrefp) struct tags *tags = make_tags();
    CLEANUP(tags_unrefp) struct tags *again = NULL;
    const struct record record = {.generation = generation, .tags = tags};
    struct fault f = {0};
    write(&record, &text);
    read(buf_span(&text), &read_back);
    law_expect(record_tags(&read_back, &again, &f), &f, REASON_NONE);
    assert_true(tags_equal(tags, again));
    assert_string_equal(tags_at(again, 0)->key, "Name");
    assert_string_equal(tags_at(again, 1)->value, "");
    assert_false(record_has_previous(&read_back));
}

/* The number that a record has beside its generation is its set's, whatever was committed since. */
TEST(number_arn_and_date_of_creation_are_the_sets)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(record_done) struct record_text read_back = {.format = 0};
    CLEANUP(generation_unrefp) struct generation *generation = make(forms[ANCHORS]);
    const struct record record = {.generation = generation};
    write(&record, &text);
    read(buf_span(&text), &read_back);
    assert_int_equal(read_back.generation, 9);
    assert_int_equal(read_back.number, 7);
    assert_int_equal(read_back.created, PKI_NOW - 1);
    assert_int_equal(read_back.committed, PKI_NOW);
    expect_text(&read_back.arn, set_arn());
    assert_true(span_has(buf_span(&text), span_of("\"KmsKeyId\":\"certfs\"")));
}

/* As it stands in JSON. */
static void add_judged(const struct material *material, struct buf *ret)
{
    CLEANUP(buf_done) struct buf judged = {0};
    struct fault f = {0};
    law_expect(material_write_judged(material, &judged, &f), &f, REASON_NONE);
    add_escaped(ret, buf_span(&judged));
}

/* Byte by byte: what openssl cms -decrypt shows must stay what a later version reads. */
TEST(the_text_is_this)
{
    CLEANUP(buf_done) struct buf text = {0}, expected = {0};
    CLEANUP(generation_unrefp) struct generation *generation = make(forms[ANCHORS]);
    CLEANUP(tags_unrefp) struct tags *tags = make_tags();
    const struct record record = {.generation = generation, .tags = tags};
    struct span pem = material_bytes(forms[ANCHORS], MATERIAL_CA);
    char numbers[256];
    write(&record, &text);
    add_text(&expected, "{\"CertificateIdentifier\":\"Replica-1\",\"Tags\":[{\"Key\":\"Name\",\"Value\":\"\xC3\xA9t\xC3"
                        "\xA9 a=b/c\"},{\"Key\":\"empty\",\"Value\":\"\"}],\"CertificatePem\":\"");
    add_escaped(&expected, pem);
    snprintf(numbers, sizeof(numbers),
             "\",\"Accept\":[],\"KmsKeyId\":\"certfs\",\"Record\":{\"Format\":1,\"Generation\":9,\"Committed\":%lld,"
             "\"Set\":7,\"Created\":%lld,\"Arn\":\"%s\",\"Judged\":\"",
             (long long)PKI_NOW, (long long)PKI_NOW - 1, set_arn());
    add_text(&expected, numbers);
    add_judged(forms[ANCHORS], &expected);
    add_text(&expected, "\"}}\n");
    add_bytes(&expected, (struct span){(const unsigned char *)"", 1});
    expect_text(&text, (const char *)expected.data);
}

TEST(half_a_previous_set_is_none)
{
    static const struct {
        const char *text;
        bool previous;
    } rows[] = {
        {"{\"ssl_ca\":\"a\",\"ssl_cert\":\"b\",\"ssl_key\":\"c\"}", true},
        {"{\"ssl_ca\":\"a\",\"ssl_cert\":\"b\"}", false},
        {"{\"ssl_key\":\"c\"}", false},
        {"{\"CertificatePem\":\"p\"}", true},
        {"{\"CertificateWallet\":\"w\"}", true},
        {"{\"Accept\":[\"expired\"]}", false},
        {"{}", false},
        {"null", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[256];
        CLEANUP(record_done) struct record_text read_back = {.format = 0};
        snprintf(text, sizeof(text),
                 "{\"CertificateIdentifier\":\"x\",\"CertificatePem\":\"p\",\"Record\":{\"Format\":1,\"Previous\":%s}}",
                 rows[i].text);
        read(span_of(text), &read_back);
        assert_int_equal(record_has_previous(&read_back), rows[i].previous);
    }
}

static void take_mutant(struct span mutant, void *context)
{
    CLEANUP(record_done) struct record_text read_back = {.format = 0};
    struct fault f = {0};
    int result = record_parse(mutant, &read_back, &f);
    const struct span *secret = context;
    law_check(result, &f, *secret);
    if (result == 0)
        assert_int_equal(read_back.format, RECORD_FORMAT);
}

TEST(every_mutant_keeps_the_law)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(generation_unrefp) struct generation *generation = make(forms[WHOLE]);
    CLEANUP(tags_unrefp) struct tags *tags = make_tags();
    const struct record record = {.generation = generation, .previous = forms[FIELDS], .tags = tags};
    struct span key = material_bytes(forms[WHOLE], MATERIAL_KEY);
    struct span secret = {key.data + 30, key.len - 60};
    write(&record, &text);
    mutate_each(buf_span(&text), 11, take_mutant, &secret);
}

static void attempt(void *context)
{
    const struct record *record = context;
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(record_done) struct record_text read_back = {.format = 0};
    struct fault f = {0};
    int result = record_write(record, &text, &f);
    law_check(result, &f, (struct span){NULL, 0});
    if (result != 0)
        return;
    result = record_parse(buf_span(&text), &read_back, &f);
    law_check(result, &f, (struct span){NULL, 0});
}

TEST(failed_allocations_leak_nothing)
{
    CLEANUP(generation_unrefp) struct generation *generation = make(forms[WHOLE]);
    CLEANUP(tags_unrefp) struct tags *tags = make_tags();
    struct record record = {.generation = generation, .previous = forms[ANCHORS], .tags = tags};
    assert_true(alloc_fail_each(attempt, &record) > 20);
}

TEST(no_line_of_the_key_is_left_in_released_memory)
{
    CLEANUP(generation_unrefp) struct generation *generation = make(forms[WHOLE]);
    struct record record = {.generation = generation};
    struct span key = material_bytes(forms[WHOLE], MATERIAL_KEY);
    for (size_t at = 40; at + 56 < key.len; at += 30) {
        expect_wiped((struct span){key.data + at, 16}, attempt, &record);
    }
}

/* Self-signed leaves: the only anchor, behind another anchor, and a CA before another one. */
static void write_pinned(const struct pki *pki, struct buf texts[FORMS])
{
    X509 *alone = pki_certificate(&(struct pki_spec){.name = "alone", .key = pki_key(9)});
    X509 *ca = pki_certificate(&(struct pki_spec){.name = "CA", .key = pki_key(9), .kind = PKI_VERSION_1});
    for (int form = PINNED; form <= CA_AS_LEAF; form++) {
        if (form == PINNED_LAST)
            pki_write_certificate(&texts[form], pki->root);
        pki_write_certificate(&texts[form], form == CA_AS_LEAF ? ca : alone);
        pki_write_key(&texts[form], pki_key(9));
        if (form == CA_AS_LEAF)
            pki_write_certificate(&texts[form], pki->root);
    }
    X509_free(alone);
    X509_free(ca);
}

static struct material *wallet_material(const struct wallet_spec *spec)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    struct request_set set = {.accepted = 0};
    struct material *material;
    struct fault f = {0};
    wallet_make(spec, &bytes);
    wallet_text(buf_span(&bytes), &set.wallet);
    law_expect(material_build_by_wire(&set, NULL, PKI_NOW, &material, &f), &f, REASON_NONE);
    buf_done(&set.wallet);
    return material;
}

/* One with a separate chain, and one with a leaf that is a CA and its own anchor, behind another anchor. */
static void make_wallets(const struct pki *pki)
{
    X509 *ca = pki_certificate(&(struct pki_spec){.name = "CA", .key = pki_key(9), .kind = PKI_VERSION_1});
    const struct wallet_spec whole = wallet_of(pki);
    forms[WALLET] = wallet_material(&whole);
    forms[WALLET_PINNED] =
        wallet_material(&(struct wallet_spec){.key = pki_key(9), .certificates = {pki->root, ca, pki->intermediate}});
    X509_free(ca);
}

static void setup(void)
{
    struct pki pki;
    struct buf texts[FORMS] = {{.len = 0}};
    json_init();
    pki_make(&pki, pki_key(2));
    forms[FIELDS] = set_material(&pki);
    bundle_of(&pki, &texts[WHOLE]);
    add_bytes(&texts[ANCHORS], buf_span(&pki.ca));
    add_bytes(&texts[BARE], buf_span(&pki.cert));
    add_bytes(&texts[BARE], buf_span(&pki.key));
    write_pinned(&pki, texts);
    make_wallets(&pki);
    for (int form = WHOLE; form < BUNDLES; form++) {
        forms[form] = bundle_must_build(&texts[form]);
        buf_done(&texts[form]);
    }
    pki_done(&pki);
}

static void teardown(void)
{
    for (int form = 0; form < FORMS; form++)
        material_unrefp(&forms[form]);
}

ALL_TESTS(setup, teardown);
