/* import: the whole way. A served set imports to itself; a refused one leaves no trace. */
#include "core/draft/build.h"
#include "tests/fuzz/oracle.h"

#include <string.h>
#include <time.h>

#include <openssl/err.h>

#include "core/action/answer.h"
#include "core/action/execute.h"
#include "core/json/json.h"
#include "core/x509/cert_list.h"
#include "tests/fuzz/oracle_judging.h"

static struct moment now(void)
{
    static struct moment start; /* one moment for all inputs, so that a finding stays one */
    if (start.wall == 0)
        start = (struct moment){.wall = time(NULL), .steady = 1};
    return start;
}

static bool import(struct registry *registry, struct frame *frame, struct outcome *ret)
{
    struct fault f = {0};
    struct buf answer = {0};
    outcome_done(ret);
    struct policy policy = policy_default;
    policy.judging = &oracle_judging;
    bool done = oracle_law(request_execute(registry, &policy, frame, now(), ret, &f), &f);
    struct fault none = {0};
    int result = done ? answer_write_outcome(ret, &answer, &none) : answer_write_fault(&f, ret, &answer, &none);
    oracle_require(oracle_law(result, &none), "every outcome can be answered");
    struct frame json = {0};
    oracle_require(oracle_frame(buf_span(&answer), &json), "an answer is a document");
    frame_done(&json);
    buf_done(&answer);
    oracle_require(frame->text.data == NULL, "the document is wiped");
    oracle_require(ERR_peek_error() == 0, "the error queue is empty");
    return done;
}

/* As text within a JSON string, where raw line breaks are allowed; nothing where there is no such file. */
static void add_file(struct buf *ret, const struct material *material, enum material_file file)
{
    struct span bytes;
    struct content *content = material_content(material, file);
    if (content == NULL)
        return;
    oracle_require(content_borrow(content, &bytes) == 0, "what is served can be read");
    oracle_append(ret, bytes);
    content_return(content);
}

static bool has(const struct material *material, enum material_file file, struct span text)
{
    struct span bytes;
    struct content *content = material_content(material, file);
    if (content == NULL)
        return false;
    oracle_require(content_borrow(content, &bytes) == 0, "what is served can be read");
    bool found = memmem(bytes.data, bytes.len, text.data, text.len) != NULL;
    content_return(content);
    return found;
}

/* The first block of cert.pem without its last line, borrowed; empty where there is none. */
static struct span leaf_of(const struct material *material)
{
    struct span bytes;
    struct content *content = material_content(material, MATERIAL_CERT);
    if (content == NULL)
        return (struct span){NULL, 0};
    oracle_require(content_borrow(content, &bytes) == 0, "what is served can be read");
    const unsigned char *end = memmem(bytes.data, bytes.len, "-----END", 8);
    content_return(content);
    oracle_require(end != NULL, "a block ends");
    return (struct span){bytes.data, (size_t)(end - bytes.data)};
}

/* A leaf that is an anchor too keeps its place among the anchors only if these come first, as record.c writes them. */
static void add_bundle(struct buf *ret, const struct material *material)
{
    struct span leaf = leaf_of(material);
    bool pinned = leaf.len > 0 && has(material, MATERIAL_CA, leaf);
    oracle_append_text(ret, "\"CertificatePem\":\"");
    add_file(ret, material, pinned ? MATERIAL_CA : MATERIAL_CERT);
    add_file(ret, material, MATERIAL_KEY);
    add_file(ret, material, pinned ? MATERIAL_CERT : MATERIAL_CA);
    oracle_append_text(ret, "\"");
}

static void add_fields(struct buf *ret, const struct material *material)
{
    oracle_append_text(ret, "\"ssl_ca\":\"");
    add_file(ret, material, MATERIAL_CA);
    oracle_append_text(ret, "\",\"ssl_cert\":\"");
    add_file(ret, material, MATERIAL_CERT);
    oracle_append_text(ret, "\",\"ssl_key\":\"");
    add_file(ret, material, MATERIAL_KEY);
    oracle_append_text(ret, "\"");
}

/* Waivers of what has a bit in `waived`. */
static void add_accept(struct buf *ret, uint32_t waived)
{
    const char *separator = "";
    oracle_append_text(ret, ",\"Accept\":[");
    for (enum reason reason = REASON_NONE; reason < REASON_COUNT; reason++) {
        if ((waived >> reason & 1) == 0)
            continue;
        oracle_append_text(ret, separator);
        oracle_append_text(ret, "\"");
        oracle_append_text(ret, reason_name(reason));
        oracle_append_text(ret, "\"");
        separator = ",";
    }
    oracle_append_text(ret, "]}");
}

static void write_served(const struct generation *current, struct buf *ret)
{
    oracle_append_text(ret, "{\"CertificateIdentifier\":\"");
    oracle_append_text(ret, current->resource->identifier);
    oracle_append_text(ret, current->resource->set == 0 ? "\"," : "\",\"Replace\":true,");
    if (material_is_bundle(current->material))
        add_bundle(ret, current->material);
    else
        add_fields(ret, current->material);
    add_accept(ret, material_findings(current->material)->waived);
}

/* A self-signed leaf of a bundle stands in cert.pem and in ca.pem, so it is there twice. */
static void expect_no_repair(const struct outcome *outcome, bool bundle)
{
    for (size_t i = 0; i < outcome->findings.repair_count; i++)
        oracle_require(bundle && outcome->findings.repairs[i].repair == REPAIR_DUPLICATE_CERTIFICATE,
                       "what is served needs no repair");
}

/*
 * The files as they are served are a set that is equal to what is served, and need no repair. A wallet cannot be sent
 * in the form of its PEM files: it would be lost.
 */
static void import_what_is_served(struct registry *registry, const struct generation *current)
{
    struct buf document = {0};
    struct frame frame = {0};
    struct outcome outcome = {.action = ACTION_NONE};
    if (material_content(current->material, MATERIAL_WALLET) != NULL)
        return;
    write_served(current, &document);
    oracle_require(oracle_frame(buf_span(&document), &frame), "what is served makes a document");
    oracle_require(import(registry, &frame, &outcome), "what is served can be imported");
    oracle_require(!outcome.commit.changed, "what is served is equal to itself");
    expect_no_repair(&outcome, material_is_bundle(current->material));
    outcome_done(&outcome);
    frame_done(&frame);
    buf_done(&document);
}

/* ---- the set that is there before: a trust anchor with a tag, replaced once, whose ARN the seeds know */

static void write_anchor(struct buf *ret, const char *name)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *root = X509_new();
    struct fault f = {0};
    X509_NAME *subject = X509_get_subject_name(root);
    bool made = X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0) == 1 &&
                X509_set_issuer_name(root, subject) == 1 && X509_set_pubkey(root, key) == 1 &&
                X509_gmtime_adj(X509_getm_notBefore(root), -1000) != NULL &&
                X509_gmtime_adj(X509_getm_notAfter(root), 1000000) != NULL && X509_sign(root, key, EVP_sha256()) > 0;
    oracle_require(made && cert_list_write(root, ret, &f) == 0, "there is memory");
    X509_free(root);
    EVP_PKEY_free(key);
}

static struct material *build_anchor(const char *name)
{
    struct request request = {.action = ACTION_NONE};
    struct material *material = NULL;
    struct fault f = {0};
    write_anchor(&request.set.certificate_pem, name);
    oracle_require(material_build(&request.set, NULL, now().wall, &material, &f) == 0, "an anchor is a set");
    request_done(&request);
    return material;
}

/* Made once, and again when an input has removed it, for what is removed is wiped. */
static struct material *keep_anchor(struct material **kept, const char *name)
{
    struct span bytes;
    bool there = *kept != NULL && content_borrow(material_content(*kept, MATERIAL_CA), &bytes) == 0;
    if (there)
        content_return(material_content(*kept, MATERIAL_CA));
    else
        material_unref(*kept);
    if (!there)
        *kept = build_anchor(name);
    return *kept;
}

static void commit_anchor(struct registry *registry, struct material *material)
{
    static const char arn[] = "arn:aws:dms:us-east-1:000000000000:cert:ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const struct tag_input input = {span_of("a"), span_of("1")};
    struct registry_entry entry = {.identifier = "seed", .material = material, .arn = arn, .created = now().wall};
    struct commit commit;
    struct fault f = {0};
    oracle_require(tags_add(NULL, &input, 1, "Tags", &entry.tags, &f) == 0 &&
                       registry_commit(registry, &entry, now(), &commit, &f) == 0,
                   "there is memory");
    tags_unref(entry.tags);
}

static struct registry *make_registry(void)
{
    static struct material *before, *seed;
    struct registry *registry = NULL;
    struct fault f = {0};
    oracle_require(registry_new(&registry, &f) == 0, "there is memory");
    commit_anchor(registry, keep_anchor(&before, "before"));
    commit_anchor(registry, keep_anchor(&seed, "seed"));
    return registry;
}

enum { SEED_NUMBER = 2 };

/* Whether nothing but the set that was there before is served, and that unchanged but maybe for its tags. */
static bool is_as_before(struct registry *registry, bool with_tags)
{
    struct generation *root = registry_current(registry, ""), *seed = registry_next(registry, 0),
                      *more = registry_next(registry, 1);
    struct tags *tags = registry_tags(registry, 1);
    bool same = root == NULL && more == NULL && seed != NULL && seed->number == SEED_NUMBER;
    bool tagged = tags_count(tags) == 1 && strcmp(tags_at(tags, 0)->key, "a") == 0;
    generation_unref(root);
    generation_unref(seed);
    generation_unref(more);
    tags_unref(tags);
    return same && (tagged || !with_tags) && registry_number(registry) == SEED_NUMBER;
}

static void expect_imported(struct registry *registry, const struct outcome *outcome)
{
    struct generation *current = registry_current(registry, outcome_identifier(outcome));
    oracle_require(current != NULL, "what was imported is served");
    oracle_require(!outcome->commit.changed || current->number == outcome->commit.generation,
                   "under the reported number");
    import_what_is_served(registry, current);
    generation_unref(current);
}

static void expect_done(struct registry *registry, const struct outcome *outcome)
{
    switch (outcome->action) {
    case ACTION_IMPORT_MATERIAL:
    case ACTION_IMPORT_CERTIFICATE:
        expect_imported(registry, outcome);
        break;
    case ACTION_DESCRIBE_CERTIFICATES:
    case ACTION_LIST_TAGS:
        oracle_require(is_as_before(registry, true), "who looks changes nothing");
        break;
    case ACTION_ADD_TAGS:
    case ACTION_REMOVE_TAGS:
        oracle_require(is_as_before(registry, false), "tags change nothing that is served");
        break;
    case ACTION_DELETE_CERTIFICATE:
        oracle_require(outcome->commit.changed && registry_count(registry) == 0, "what was deleted is gone");
        break;
    default:
        oracle_require(registry_count(registry) <= 1, "nothing comes from nowhere");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame frame = {0};
    struct outcome outcome = {.action = ACTION_NONE};
    if (oracle_frame((struct span){data, size}, &frame)) {
        struct registry *registry = make_registry();
        if (import(registry, &frame, &outcome))
            expect_done(registry, &outcome);
        else
            oracle_require(is_as_before(registry, true), "what is refused leaves no trace");
        outcome_done(&outcome);
        registry_freep(&registry);
    }
    frame_done(&frame);
    return 0;
}
