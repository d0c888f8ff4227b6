#include "core/material.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/arrange.h"
#include "core/certificates.h"
#include "core/choice.h"
#include "core/decode.h"
#include "core/judged.h"
#include "core/key.h"
#include "core/pair.h"
#include "core/price.h"
#include "core/proof.h"
#include "core/review.h"

struct material {
    atomic_uint references;
    struct content *contents[MATERIAL_FILE_COUNT]; /* NULL: there is no such file */
    struct facts facts;
    struct findings *findings;  /* NULL: none at all, as with nearly every set; they are large */
    struct lifetime *lifetimes; /* of the path */
    size_t lifetime_count;
    bool for_server, for_client;
    bool bundle;
};

static const struct findings no_findings;

/* A set on its way from text to material. */
struct draft {
    struct decoded in;
    struct path path;
    struct verdict verdict;
    struct buf files[MATERIAL_FILE_COUNT];
    struct facts facts;
    struct findings findings;
    struct budget budget;
};

static void draft_done(struct draft *draft)
{
    decoded_done(&draft->in);
    for (size_t i = 0; i < MATERIAL_FILE_COUNT; i++)
        buf_done(&draft->files[i]);
}

static int match(const struct draft *d, struct fault *f)
{
    const char *trouble = d->in.key == NULL ? NULL : pair_trouble(d->in.key);
    if (trouble == NULL)
        return 0;
    return fault_set(f, REASON_KEY_MISMATCH, judge_field(&d->in.given, "ssl_key"), "%s is damaged: its %s",
                     d->in.given.bundle == NULL ? "ssl_key" : "the private key", trouble);
}

/* What is accepted is noted, the first thing that is not refuses the set. */
static int waive(const struct request_set *set, struct draft *d, struct fault *f)
{
    for (size_t i = 0; i < d->verdict.count; i++) {
        enum reason reason = d->verdict.violations[i].reason;
        if (!request_accepts(set, reason)) {
            *f = d->verdict.violations[i];
            return -1;
        }
        d->findings.waived |= UINT32_C(1) << reason;
    }
    return 0;
}

/* What may be told of the set: about its leaf, or its first anchor. */
static void collect(struct draft *d)
{
    facts_collect(d->in.leaf != NULL ? d->in.leaf : sk_X509_value(d->in.given.anchors, 0), &d->facts);
}

static void review(struct draft *d, int64_t now)
{
    if (d->in.leaf == NULL)
        review_anchors_alone(&d->in.given, now, &d->findings);
    else
        review_set(&d->path, &d->in.given, &d->verdict, now, &d->findings);
}

/* Time, strength and names are judged on the path alone; where there is no leaf there is none. */
static int walk(uint32_t accepted, struct draft *d, int64_t now, struct fault *f)
{
    if (d->in.leaf == NULL)
        return 0;
    const struct choice_terms terms = {.now = now, .accepted = accepted, .budget = &d->budget};
    return choice_make(d->in.leaf, &d->in.given, &terms, &d->path, &d->verdict, f);
}

static int judge(const struct request_set *set, int64_t now, struct draft *d, struct fault *f)
{
    if (walk(set->accepted, d, now, f) != 0 || waive(set, d, f) != 0)
        return -1;
    collect(d);
    review(d, now);
    return 0;
}

static int write_list(STACK_OF(X509) *list, struct buf *ret, struct fault *f)
{
    for (int i = 0; i < sk_X509_num(list); i++)
        if (certificates_write(sk_X509_value(list, i), ret, f) != 0)
            return -1;
    return 0;
}

static int encode(struct draft *d, int64_t now, struct fault *f)
{
    if (d->in.leaf != NULL && (arrange_chain(&d->in.given, &d->path, &d->findings, f) != 0 ||
                               arrange_anchors(&d->in.given, &d->path, now, &d->findings, f) != 0))
        return -1;
    d->files[MATERIAL_WALLET] = d->in.wallet;
    d->in.wallet = (struct buf){0};
    if (write_list(d->in.given.anchors, &d->files[MATERIAL_CA], f) != 0 ||
        write_list(d->in.given.chain, &d->files[MATERIAL_CERT], f) != 0)
        return -1;
    return d->in.key == NULL ? 0 : key_write(d->in.key, &d->files[MATERIAL_KEY], f);
}

static struct proof_files files_of(const struct draft *d)
{
    return (struct proof_files){
        .ca = buf_span(&d->files[MATERIAL_CA]),
        .cert = buf_span(&d->files[MATERIAL_CERT]),
        .key = buf_span(&d->files[MATERIAL_KEY]),
    };
}

/* A store of anchors is sorted anew for each that is added; and each side signs, and verifies the other. */
static uint64_t price_of_proof(const struct draft *d)
{
    uint64_t anchors = (uint64_t)sk_X509_num(d->in.given.anchors);
    return anchors * anchors / 4 + 2 * (price_of_path(&d->path) + key_signing_price(d->in.key));
}

/* Where policy was waived, or there is no anchor, the handshake shows only that certificate and key work together. */
static int prove(struct draft *d, int64_t now, struct fault *f)
{
    if (d->in.key == NULL)
        return 0;
    bool strict = d->verdict.count == 0;
    bool anchored = strict && d->path.complete;
    const struct proof_files files = files_of(d);
    CLEANUP(ossl_ssl_ctx_freep) SSL_CTX *endpoint = NULL;
    if (key_check_curve(d->in.key, judge_field(&d->in.given, "ssl_key"), f) != 0 ||
        budget_spend(&d->budget, price_of_proof(d), judge_field(&d->in.given, "ssl_ca"), f) != 0 ||
        proof_load(&files, now, strict ? JUDGE_SECURITY_LEVEL : 0, &endpoint, f) != 0)
        return -1;
    return proof_handshake(endpoint, endpoint, anchored && d->verdict.for_server, anchored && d->verdict.for_client, f);
}

/* Trust can be compared only where both have it. */
static bool is_comparable(const struct draft *d, const struct material *served)
{
    return served != NULL && d->in.key != NULL && served->contents[MATERIAL_KEY] != NULL &&
           d->files[MATERIAL_CA].len > 0 && served->contents[MATERIAL_CA] != NULL;
}

static void compare(struct draft *d, const struct material *served, int64_t now)
{
    if (!is_comparable(d, served))
        return;
    const struct review_side next = {.files = files_of(d),
                                     .for_server = d->verdict.for_server,
                                     .for_client = d->verdict.for_client,
                                     .strict = d->verdict.count == 0};
    const struct review_side old = {.files = {.ca = material_bytes(served, MATERIAL_CA),
                                              .cert = material_bytes(served, MATERIAL_CERT),
                                              .key = material_bytes(served, MATERIAL_KEY)},
                                    .for_server = served->for_server,
                                    .for_client = served->for_client,
                                    .strict = material_findings(served)->waived == 0 && served->facts.not_after > now};
    review_change(&old, &next, now, &d->findings);
}

/* A copy, NULL if there are none at all. */
static int keep_findings(const struct findings *findings, struct findings **ret)
{
    *ret = NULL;
    if (findings->repair_count == 0 && findings->warning_count == 0 && findings->waived == 0)
        return 0;
    *ret = malloc(sizeof(**ret));
    if (*ret == NULL)
        return -1;
    **ret = *findings;
    return 0;
}

static int keep_lifetimes(const struct material_parts *parts, struct material *material)
{
    if (parts->lifetime_count == 0)
        return 0;
    material->lifetimes = calloc(parts->lifetime_count, sizeof(*material->lifetimes));
    if (material->lifetimes == NULL)
        return -1;
    memcpy(material->lifetimes, parts->lifetimes, parts->lifetime_count * sizeof(*material->lifetimes));
    material->lifetime_count = parts->lifetime_count;
    return 0;
}

int material_of_parts(const struct material_parts *parts, struct material **ret, struct fault *f)
{
    CLEANUP(material_unrefp) struct material *material = calloc(1, sizeof(*material));
    if (material == NULL)
        return fault_no_memory(f);
    material->references = 1;
    material->facts = *parts->facts;
    if (keep_findings(parts->findings, &material->findings) != 0 || keep_lifetimes(parts, material) != 0)
        return fault_no_memory(f);
    material->for_server = parts->for_server;
    material->for_client = parts->for_client;
    material->bundle = parts->bundle;
    for (size_t i = 0; i < MATERIAL_FILE_COUNT; i++) {
        if (parts->files[i].len == 0)
            continue;
        material->contents[i] = content_new(&parts->files[i]);
        if (material->contents[i] == NULL)
            return fault_no_memory(f);
    }
    *ret = TAKE(material);
    return 0;
}

/* Places are those in the files, which is where the certificates are found when the set is restored. */
static int finish(struct draft *d, struct material **ret, struct fault *f)
{
    struct lifetime lifetimes[PATH_LENGTH_MAX];
    judged_lifetimes(&d->path, &d->in.given, lifetimes);
    const struct material_parts parts = {.facts = &d->facts,
                                         .findings = &d->findings,
                                         .lifetimes = lifetimes,
                                         .lifetime_count = d->path.length,
                                         .for_server = d->verdict.for_server,
                                         .for_client = d->verdict.for_client,
                                         .bundle = d->in.given.bundle != NULL,
                                         .files = d->files};
    return material_of_parts(&parts, ret, f);
}

int material_build(const struct request_set *set, const struct material *served, int64_t now, struct material **ret,
                   struct fault *f)
{
    CLEANUP(draft_done) struct draft draft = {.budget.left = BUDGET_STEPS};
    if (decode_set(set, &draft.budget, &draft.in, &draft.findings, f) != 0)
        return -1;
    if (match(&draft, f) != 0)
        return -1;
    if (judge(set, now, &draft, f) != 0)
        return -1;
    if (encode(&draft, now, f) != 0)
        return -1;
    if (prove(&draft, now, f) != 0)
        return -1;
    compare(&draft, served, now);
    return finish(&draft, ret, f);
}

/* Nothing is judged away: every violation that was not waived becomes a warning. */
static void tolerate(const struct request_set *set, struct draft *d)
{
    d->findings.waived = set->accepted;
    for (size_t i = 0; i < d->verdict.count; i++) {
        const struct fault *violation = &d->verdict.violations[i];
        if (!request_accepts(set, violation->reason))
            findings_add_warning(&d->findings, WARNING_FAILS_TODAY, "", "%s", violation->message);
    }
}

int material_write_judged(const struct material *material, struct buf *ret, struct fault *f)
{
    const struct judged judged = {.facts = &material->facts,
                                  .findings = material_findings(material),
                                  .lifetimes = material->lifetimes,
                                  .lifetime_count = material->lifetime_count,
                                  .for_server = material->for_server,
                                  .for_client = material->for_client,
                                  .files = {material_bytes(material, MATERIAL_CA),
                                            material_bytes(material, MATERIAL_CERT),
                                            material_bytes(material, MATERIAL_KEY)}};
    return judged_write(&judged, ret, f);
}

/* What would be too costly today was accepted once: it is served, and not judged. */
static int walk_leniently(uint32_t accepted, struct draft *d, int64_t now, struct fault *f)
{
    if (walk(accepted, d, now, f) == 0)
        return 0;
    if (f->reason != REASON_TOO_COSTLY)
        return -1;
    d->path = (struct path){.certificates = {d->in.leaf}, .length = 1};
    d->verdict = (struct verdict){.violations = {*f}, .count = 1};
    fault_clear(f);
    return 0;
}

int material_restore(const struct request_set *set, int64_t now, struct material **ret, struct fault *f)
{
    CLEANUP(draft_done) struct draft draft = {.budget.left = BUDGET_STEPS};
    if (decode_set(set, NULL, &draft.in, &draft.findings, f) != 0 || walk_leniently(set->accepted, &draft, now, f) != 0)
        return -1;
    tolerate(set, &draft);
    collect(&draft);
    review(&draft, now);
    if (encode(&draft, now, f) != 0)
        return -1;
    return finish(&draft, ret, f);
}

struct material *material_ref(struct material *material)
{
    atomic_fetch_add_explicit(&material->references, 1, memory_order_relaxed);
    return material;
}

void material_unref(struct material *material)
{
    if (material == NULL || atomic_fetch_sub_explicit(&material->references, 1, memory_order_acq_rel) > 1)
        return;
    for (size_t i = 0; i < MATERIAL_FILE_COUNT; i++)
        content_unref(material->contents[i]);
    free(material->findings);
    free(material->lifetimes);
    free(material);
}

void material_unrefp(struct material **material)
{
    material_unref(*material);
}

struct content *material_content(const struct material *material, enum material_file file)
{
    return material->contents[file];
}

bool material_is_secret(enum material_file file)
{
    return file == MATERIAL_KEY || file == MATERIAL_WALLET;
}

bool material_is_bundle(const struct material *material)
{
    return material->bundle;
}

const struct facts *material_facts(const struct material *material)
{
    return &material->facts;
}

const struct findings *material_findings(const struct material *material)
{
    return material->findings == NULL ? &no_findings : material->findings;
}

bool material_equal(const struct material *a, const struct material *b)
{
    if (material_findings(a)->waived != material_findings(b)->waived)
        return false;
    for (enum material_file file = MATERIAL_CA; file < MATERIAL_FILE_COUNT; file++)
        if (!span_equal(material_bytes(a, file), material_bytes(b, file)))
            return false;
    return true;
}

struct span material_bytes(const struct material *material, enum material_file file)
{
    const struct content *content = material->contents[file];
    return content == NULL ? (struct span){NULL, 0} : content_peek(content);
}

void material_revoke(struct material *material)
{
    for (size_t i = 0; i < MATERIAL_FILE_COUNT; i++)
        if (material->contents[i] != NULL)
            content_revoke(material->contents[i]);
}
