/* Every action of DMS with each of its allocations failing once: what is refused has changed nothing. */
#include "core/action/dms.h"

#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include "core/action/answer.h"
#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/bundles.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/request_client.h"
#include "tests/unit/lib/wire_judging.h"

static struct pki pki;
static struct buf second_root;

static void commit(const struct buf *anchors, struct tags *tags)
{
    CLEANUP(material_unrefp) struct material *material = bundle_must_build(anchors);
    struct registry_entry entry = set_entry("Set-1", material);
    struct commit done;
    struct fault f = {0};
    entry.tags = tags;
    law_expect(registry_commit(asking_registry, &entry, asking_now, &done, &f), &f, REASON_NONE);
}

/* A set with a tag and a previous certificate, whose ARN is the one that set_arn names. */
static void fill_vault(void)
{
    const struct tag_input input = {span_of("a"), span_of("1")};
    CLEANUP(tags_unrefp) struct tags *tags = NULL;
    struct fault f = {0};
    law_expect(tags_add(NULL, &input, 1, "Tags", &tags, &f), &f, REASON_NONE);
    commit(&pki.ca, tags);
    commit(&second_root, tags);
}

/* Whether the nth allocation was reached. */
static bool attempt(const char *text, size_t nth)
{
    CLEANUP(outcome_done) struct outcome outcome = {.action = ACTION_NONE};
    CLEANUP(frame_done) struct frame frame = {0};
    CLEANUP(buf_done) struct buf answer = {0};
    struct fault f = {0};
    char before[512];
    snprintf(before, sizeof(before), "%s", all_that_is_served());
    assert_int_equal(frame_take(&frame, span_of(text), &f), 0);
    alloc_fail(nth);
    int result = request_execute(asking_registry, &asking_policy, &frame, asking_now, &outcome, &f);
    bool failed = alloc_has_failed();
    alloc_fail(0);
    law_check(result, &f, (struct span){NULL, 0});
    ERR_clear_error();
    if (result != 0)
        assert_string_equal(all_that_is_served(), before);
    fault_clear(&f);
    if (result == 0) /* also where there was no memory for the document to answer with */
        law_expect(answer_write_outcome(&outcome, &answer, &f), &f, REASON_NONE);
    return failed;
}

/* Returns how many allocations the document has. */
static size_t attempt_each(const char *text)
{
    for (size_t nth = 1; nth < 100000; nth++) {
        struct fault f = {0};
        assert_int_equal(registry_new(&asking_registry, &f), 0);
        fill_vault();
        bool failed = attempt(text, nth);
        registry_freep(&asking_registry);
        if (!failed)
            return nth - 1;
    }
    fail_msg("the allocations do not end");
    return 0;
}

/* The shape with the set's ARN in the place of its only #. */
static void write_with_arn(const char *shape, struct buf *ret)
{
    const char *hole = strchr(shape, '#');
    add_bytes(ret, (struct span){(const unsigned char *)shape, (size_t)(hole - shape)});
    add_text(ret, set_arn());
    add_bytes(ret, (struct span){(const unsigned char *)hole + 1, strlen(hole)}); /* with the NUL */
}

TEST(each_action_does_all_or_nothing)
{
    static const char *const shapes[] = {
        "{\"Action\":\"DescribeCertificates\",\"Filters\":[{\"Name\":\"certificate-arn\",\"Values\":[\"#\"]}]}",
        "{\"Action\":\"DeleteCertificate\",\"CertificateArn\":\"#\"}",
        "{\"Action\":\"AddTagsToResource\",\"ResourceArn\":\"#\",\"Tags\":[{\"Key\":\"b\",\"Value\":\"2\"}]}",
        "{\"Action\":\"RemoveTagsFromResource\",\"ResourceArn\":\"#\",\"TagKeys\":[\"a\"]}",
        "{\"Action\":\"ListTagsForResource\",\"ResourceArnList\":[\"#\"]}",
    };
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        CLEANUP(buf_done) struct buf text = {0};
        write_with_arn(shapes[i], &text);
        assert_true(attempt_each((const char *)text.data) >= 3);
    }
    assert_true(attempt_each("{\"Action\":\"RestorePrevious\",\"CertificateIdentifier\":\"Set-1\"}") >= 3);
    assert_true(attempt_each("{\"Action\":\"rds_remove_binlog_ssl_material\",\"CertificateIdentifier\":\"Set-1\"}") >=
                3);
}

TEST(an_import_does_all_or_nothing)
{
    CLEANUP(buf_done) struct buf text = {0}, replaced = {0};
    asking_write_import(&text, "two", &pki.ca, ",\"Tags\":[{\"Key\":\"b\"}]");
    assert_true(attempt_each((const char *)text.data) > 20);
    asking_write_import(&replaced, "Set-1", &pki.ca, ",\"Replace\":true,\"Tags\":[{\"Key\":\"b\"}]");
    assert_true(attempt_each((const char *)replaced.data) > 20);
}

static void setup(void)
{
    asking_policy = policy_default;
    asking_policy.judging = &judging_by_wire;
    asking_now = (struct moment){.wall = PKI_NOW, .steady = 1};
    pki_make(&pki, pki_key(2));
    X509 *root = pki_certificate(&(struct pki_spec){.name = "Second Root", .key = pki_key(9), .kind = PKI_CA});
    pki_write_certificate(&second_root, root);
    X509_free(root);
}

static void teardown(void)
{
    buf_done(&second_root);
    pki_done(&pki);
}

EACH_TEST(setup, teardown);
ALL_TESTS(start_core, NULL);
