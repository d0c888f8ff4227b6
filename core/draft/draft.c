#include "core/draft/draft.h"

#include "core/about/findings.h"
#include "core/base/budget.h"
#include "core/base/buf.h"
#include "core/draft/leaf.h"
#include "core/draft/loss.h"
#include "core/judge/arrange.h"
#include "core/judge/bundle.h"
#include "core/judge/choice.h"
#include "core/judge/judge.h"
#include "core/judge/path.h"
#include "core/judge/price.h"
#include "core/judge/proof.h"
#include "core/judge/review.h"
#include "core/judge/strict.h"
#include "core/judge/versions.h"
#include "core/x509/cert_inspect.h"
#include "core/x509/cert_list.h"
#include "core/x509/ossl_x509.h"
#include "core/x509/pair.h"
#include "core/x509/private_key.h"

void draft_done(struct draft *draft)
{
    decoded_done(&draft->in);
    for (size_t i = 0; i < MATERIAL_FILE_COUNT; i++)
        buf_done(&draft->files[i]);
    lifetimes_done(&draft->lifetimes);
}

static int draft_match(const struct draft *d, struct fault *f)
{
    const char *trouble = d->in.key == NULL ? NULL : pair_trouble(d->in.key);
    if (trouble == NULL)
        return 0;
    return fault_set(f, REASON_KEY_MISMATCH, judge_field(&d->in.given, "ssl_key"), "%s is damaged: its %s",
                     d->in.given.bundle == NULL ? "ssl_key" : "the private key", trouble);
}

/*
 * Certificates alone that hold the leaf that is served, as DescribeCertificates answers them: the leaf stays one. Its
 * key is not looked at, for it was judged with this very certificate.
 */
static int draft_keep_key(struct draft *d, struct fault *f)
{
    if (d->before.leaf == NULL || d->in.leaf != NULL || d->in.given.wallet)
        return 0;
    d->in.leaf = loss_find_leaf(d->in.given.bundle, d->before.leaf);
    d->keeps_key = d->in.leaf != NULL;
    return d->keeps_key ? bundle_split(&d->in.given, d->in.leaf, f) : 0;
}

static unsigned draft_files_in(const struct draft *d)
{
    unsigned files = d->keeps_key ? LOSS_KEY : 0;
    for (enum material_file file = MATERIAL_CA; file < MATERIAL_FILE_COUNT; file++)
        if (d->files[file].len > 0)
            files |= 1U << file;
    return files;
}

/* A loss that was waived before stays waived, so that importing the same set again changes nothing. */
int draft_check_loss(const struct request_set *set, struct draft *d, struct fault *f)
{
    unsigned lost = d->before.files & ~draft_files_in(d);
    if (!request_accepts(set, REASON_LOSES_FILES))
        return loss_refuse(lost, judge_field(&d->in.given, "ssl_cert"), f);
    if (lost != 0 || d->before.loss_waived)
        d->findings.waived |= UINT32_C(1) << REASON_LOSES_FILES;
    return 0;
}

/* Records accepted violations; the first other one refuses the set. */
static int draft_waive(const struct request_set *set, struct draft *d, struct fault *f)
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

/* The public facts of the set: of its leaf, or its first anchor. */
static void draft_collect(struct draft *d)
{
    cert_inspect(d->in.leaf != NULL ? d->in.leaf : sk_X509_value(d->in.given.anchors, 0), &d->facts);
}

static void draft_review(struct draft *d, int64_t now)
{
    if (d->in.leaf == NULL)
        review_anchors_alone(&d->in.given, &d->findings);
    else
        review_set(&d->path, &d->in.given, &d->verdict, now, &d->findings);
    /* Violations that were waived are reported by their own names. */
    if (d->in.leaf != NULL && d->path.complete && d->verdict.count == 0)
        strict_review(&d->path, &d->in.given, now, &d->findings);
}

/*
 * Time, strength and names are judged on the path alone; where there is no leaf there is none. `any_leaf`: the leaf is
 * chosen as well.
 */
static int draft_walk(uint32_t accepted, bool any_leaf, struct draft *d, int64_t now, struct fault *f)
{
    if (d->in.leaf == NULL)
        return 0;
    const struct choice_terms terms = {.now = now, .accepted = accepted, .budget = &d->budget};
    struct choice choice;
    if ((any_leaf ? leaf_choose(&d->in, &terms, &choice, f)
                  : choice_make(d->in.leaf, &d->in.given, &terms, &choice, f)) != 0)
        return -1;
    d->path = choice.path;
    d->verdict = choice.verdict;
    return 0;
}

int draft_judge(const struct request_set *set, int64_t now, struct draft *d, struct fault *f)
{
    d->budget.left = BUDGET_STEPS;
    if (decode_set(set, &d->budget, &d->in, &d->findings, f) != 0 || draft_keep_key(d, f) != 0 ||
        draft_match(d, f) != 0 || draft_walk(set->accepted, true, d, now, f) != 0 || draft_waive(set, d, f) != 0)
        return -1;
    draft_collect(d);
    draft_review(d, now);
    return 0;
}

static int draft_write_list(STACK_OF(X509) *list, struct buf *ret, struct fault *f)
{
    for (int i = 0; i < sk_X509_num(list); i++)
        if (cert_list_write(sk_X509_value(list, i), ret, f) != 0)
            return -1;
    return 0;
}

int draft_encode(struct draft *d, int64_t now, struct fault *f)
{
    if (d->in.leaf != NULL && (arrange_chain(&d->in.given, &d->path, &d->findings, f) != 0 ||
                               arrange_anchors(&d->in.given, &d->path, now, &d->findings, f) != 0))
        return -1;
    buf_move(&d->files[MATERIAL_WALLET], &d->in.wallet);
    if (draft_write_list(d->in.given.anchors, &d->files[MATERIAL_CA], f) != 0 ||
        draft_write_list(d->in.given.chain, &d->files[MATERIAL_CERT], f) != 0)
        return -1;
    return d->in.key == NULL ? 0 : private_key_write(d->in.key, &d->files[MATERIAL_KEY], f);
}

static struct proof_files draft_files_of(const struct draft *d)
{
    return (struct proof_files){
        .ca = buf_span(&d->files[MATERIAL_CA]),
        .cert = buf_span(&d->files[MATERIAL_CERT]),
        .key = buf_span(&d->files[MATERIAL_KEY]),
    };
}

/* A store of anchors is sorted anew for each that is added. */
static uint64_t draft_price_of_loading(const struct draft *d)
{
    uint64_t anchors = (uint64_t)sk_X509_num(d->in.given.anchors);
    return anchors * anchors / 4;
}

/* Where policy was waived, or there is no anchor, the handshake shows only that certificate and key work together. */
int draft_prove(struct draft *d, int64_t now, struct fault *f)
{
    if (d->in.key == NULL)
        return 0;
    bool strict = d->verdict.count == 0;
    bool anchored = strict && d->path.complete;
    const struct versions_terms terms = {.files = draft_files_of(d),
                                         .leaf = d->in.leaf,
                                         .now = now,
                                         .level = strict ? JUDGE_SECURITY_LEVEL : 0,
                                         .for_server = anchored && d->verdict.for_server,
                                         .for_client = anchored && d->verdict.for_client,
                                         .price = price_of_path(&d->path) + private_key_signing_price(d->in.key),
                                         .field = judge_field(&d->in.given, "ssl_cert")};
    if (private_key_check_curve(d->in.key, judge_field(&d->in.given, "ssl_key"), f) != 0 ||
        budget_spend(&d->budget, draft_price_of_loading(d), judge_field(&d->in.given, "ssl_ca"), f) != 0)
        return -1;
    return versions_prove(&terms, &d->budget, &d->findings, f);
}

/* A set that policy refuses may fail for that reason; and peers with the same ca.pem trust the path too. */
static bool draft_may_break_trust(const struct draft *d, const struct draft_served *served)
{
    return served->sound && d->verdict.count == 0 && !span_equal(served->trust.ca, buf_span(&d->files[MATERIAL_CA]));
}

void draft_compare(struct draft *d, const struct draft_served *served, int64_t now)
{
    const struct trust_side next = {.chain = d->in.given.chain,
                                    .anchors = d->in.given.anchors,
                                    .for_server = d->verdict.for_server,
                                    .for_client = d->verdict.for_client};
    if (d->in.leaf == NULL || sk_X509_num(d->in.given.anchors) == 0 || served->trust.cert.len == 0 ||
        served->trust.ca.len == 0)
        return;
    review_lost_direction(served->trust.for_server, served->trust.for_client, &d->verdict, &d->findings);
    if (draft_may_break_trust(d, served))
        trust_review(&served->trust, &next, now, &d->budget, &d->findings);
}

/* The certificates of the path; of anchors alone all of them, whose numbers are those of the list. */
int draft_collect_lifetimes(struct draft *d, struct fault *f)
{
    size_t count = d->in.leaf != NULL ? d->path.length : (size_t)sk_X509_num(d->in.given.anchors);
    d->lifetimes.anchors = d->in.leaf == NULL;
    for (size_t i = 0; i < count; i++) {
        X509 *certificate = d->in.leaf != NULL ? d->path.certificates[i] : sk_X509_value(d->in.given.anchors, (int)i);
        struct lifetime lifetime = {.from = ossl_time(X509_get0_notBefore(certificate)),
                                    .until = ossl_time(X509_get0_notAfter(certificate))};
        if (d->in.leaf != NULL)
            judge_place_text(&d->in.given, certificate, lifetime.place, sizeof(lifetime.place));
        else
            judge_place_number(&d->in.given, (int)i, lifetime.place, sizeof(lifetime.place));
        if (lifetimes_add(&d->lifetimes, &lifetime) != 0)
            return fault_no_memory(f);
    }
    return 0;
}

/* A violation that was not waived becomes a warning; those of time follow from the dates. */
static void draft_tolerate(const struct request_set *set, struct draft *d)
{
    d->findings.waived = set->accepted;
    for (size_t i = 0; i < d->verdict.count; i++) {
        const struct fault *violation = &d->verdict.violations[i];
        bool of_time = violation->reason == REASON_EXPIRED || violation->reason == REASON_NOT_YET_VALID;
        if (!of_time && !request_accepts(set, violation->reason))
            findings_add_warning(&d->findings, WARNING_FAILS_TODAY, "", "%s", violation->message);
    }
}

/* A set that would be too costly today was accepted once: it is served without being judged. */
static int draft_walk_leniently(uint32_t accepted, struct draft *d, int64_t now, struct fault *f)
{
    if (draft_walk(accepted, d->in.given.wallet, d, now, f) == 0)
        return 0;
    if (f->reason != REASON_TOO_COSTLY)
        return -1;
    d->path = (struct path){.certificates = {d->in.leaf}, .length = 1};
    d->verdict = (struct verdict){.violations = {*f}, .count = 1};
    fault_clear(f);
    return 0;
}

int draft_judge_leniently(const struct request_set *set, int64_t now, struct draft *d, struct fault *f)
{
    d->budget.left = BUDGET_STEPS;
    if (decode_set(set, NULL, &d->in, &d->findings, f) != 0 || draft_walk_leniently(set->accepted, d, now, f) != 0)
        return -1;
    draft_tolerate(set, d);
    draft_collect(d);
    draft_review(d, now);
    return 0;
}

int draft_judge_public(struct span ca, struct span cert, int64_t now, struct draft *d, struct fault *f)
{
    d->budget.left = BUDGET_STEPS;
    if (decode_public(ca, cert, &d->budget, &d->in, f) != 0 || draft_walk_leniently(0, d, now, f) != 0)
        return -1;
    for (size_t i = 0; i < d->verdict.count; i++)
        d->findings.waived |= UINT32_C(1) << d->verdict.violations[i].reason;
    draft_collect(d);
    return buf_append(&d->files[MATERIAL_CA], ca, f) == 0 ? buf_append(&d->files[MATERIAL_CERT], cert, f) : -1;
}
