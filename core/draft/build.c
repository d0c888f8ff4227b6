#include "core/draft/build.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/draft/draft.h"
#include "core/set/content.h"

void build_result_done(struct build_result *result)
{
    for (size_t i = 0; i < MATERIAL_FILE_COUNT; i++)
        buf_done(&result->files[i]);
    lifetimes_done(&result->lifetimes);
}

/* ---- judging ---- */

static bool build_waives(const struct material *served, enum reason reason)
{
    return (material_findings(served)->waived >> reason & 1) != 0;
}

static bool build_is_sound(const struct material *served, int64_t now)
{
    return (material_findings(served)->waived & ~(UINT32_C(1) << REASON_LOSES_FILES)) == 0 &&
           material_end(served, now).until >= now;
}

void build_describe(const struct material *served, int64_t now, struct build_served *ret)
{
    *ret = (struct build_served){.exists = served != NULL};
    if (served == NULL)
        return;
    ret->files = material_files(served);
    if (material_content(served, MATERIAL_KEY) != NULL)
        memcpy(ret->leaf, material_facts(served)->sha256, sizeof(ret->leaf));
    ret->loss_waived = build_waives(served, REASON_LOSES_FILES);
    ret->sound = build_is_sound(served, now);
    ret->for_server = material_is_for_servers(served);
    ret->for_client = material_is_for_clients(served);
    ret->ca = material_bytes(served, MATERIAL_CA);
    ret->cert = material_bytes(served, MATERIAL_CERT);
}

static void build_compare(struct draft *d, const struct build_served *served, int64_t now)
{
    const struct draft_served old = {.trust = {.ca = served->ca,
                                               .cert = served->cert,
                                               .for_server = served->for_server,
                                               .for_client = served->for_client},
                                     .sound = served->sound};
    if (served->exists)
        draft_compare(d, &old, now);
}

/* Moves all that was found and written to the result. */
static int build_finish(struct draft *d, struct build_result *ret, struct fault *f)
{
    if (draft_collect_lifetimes(d, f) != 0)
        return -1;
    ret->facts = d->facts;
    ret->findings = d->findings;
    ret->lifetimes = d->lifetimes;
    d->lifetimes = (struct lifetimes){.list = NULL};
    ret->for_server = d->verdict.for_server;
    ret->for_client = d->verdict.for_client;
    ret->bundle = d->in.given.bundle != NULL;
    ret->keeps_key = d->keeps_key;
    for (size_t i = 0; i < MATERIAL_FILE_COUNT; i++)
        buf_move(&ret->files[i], &d->files[i]);
    return 0;
}

int build_judge(const struct request_set *set, const struct build_served *served, int64_t now, struct build_result *ret,
                struct fault *f)
{
    CLEANUP(draft_done)
    struct draft draft = {.before = {.leaf = served->leaf[0] == '\0' ? NULL : served->leaf,
                                     .files = served->files,
                                     .loss_waived = served->loss_waived}};
    if (draft_judge(set, now, &draft, f) != 0 || draft_encode(&draft, now, f) != 0 ||
        draft_check_loss(set, &draft, f) != 0 || draft_prove(&draft, now, f) != 0)
        return -1;
    build_compare(&draft, served, now);
    return build_finish(&draft, ret, f);
}

/* ---- building ---- */

/* `key`: of the set that is served, where it is kept; NULL for none. */
static int build_of_parts(struct build_result *result, struct content *key, bool secret_unknown, struct material **ret,
                          struct fault *f)
{
    const struct material_parts parts = {.facts = &result->facts,
                                         .findings = &result->findings,
                                         .lifetimes = &result->lifetimes,
                                         .for_server = result->for_server,
                                         .for_client = result->for_client,
                                         .bundle = result->bundle,
                                         .files = result->files,
                                         .key = key,
                                         .secret_unknown = secret_unknown};
    return material_of_parts(&parts, ret, f);
}

int build_material(struct build_result *result, const struct material *served, struct material **ret, struct fault *f)
{
    struct content *key = result->keeps_key && served != NULL ? material_content(served, MATERIAL_KEY) : NULL;
    if (result->keeps_key && key == NULL)
        return fault_set(f, REASON_JUDGE_FAILED, "", "the result of judging keeps a key that is not there");
    return build_of_parts(result, key, false, ret, f);
}

int material_build(const struct request_set *set, const struct material *served, int64_t now, struct material **ret,
                   struct fault *f)
{
    CLEANUP(build_result_done) struct build_result result = {.keeps_key = false};
    struct build_served described;
    build_describe(served, now, &described);
    return build_judge(set, &described, now, &result, f) == 0 ? build_material(&result, served, ret, f) : -1;
}

static int build_of_draft(struct draft *d, bool secret_unknown, struct material **ret, struct fault *f)
{
    CLEANUP(build_result_done) struct build_result result = {.keeps_key = false};
    return build_finish(d, &result, f) == 0 ? build_of_parts(&result, NULL, secret_unknown, ret, f) : -1;
}

int material_restore(const struct request_set *set, int64_t now, struct material **ret, struct fault *f)
{
    CLEANUP(draft_done) struct draft draft = {.budget.left = 0};
    if (draft_judge_leniently(set, now, &draft, f) != 0 || draft_encode(&draft, now, f) != 0)
        return -1;
    return build_of_draft(&draft, false, ret, f);
}

static int build_stand_in(bool has, struct buf *ret, struct fault *f)
{
    return has ? buf_append_text(ret, "elsewhere", f) : 0;
}

int material_of_public(struct span ca, struct span cert, bool has_key, bool has_wallet, int64_t now,
                       struct material **ret, struct fault *f)
{
    CLEANUP(draft_done) struct draft draft = {.budget.left = 0};
    if (draft_judge_public(ca, cert, now, &draft, f) != 0 ||
        build_stand_in(has_key, &draft.files[MATERIAL_KEY], f) != 0 ||
        build_stand_in(has_wallet, &draft.files[MATERIAL_WALLET], f) != 0)
        return -1;
    return build_of_draft(&draft, has_key || has_wallet, ret, f);
}
