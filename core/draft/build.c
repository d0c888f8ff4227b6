#include "core/draft/build.h"

#include "core/base/buf.h"
#include "core/draft/draft.h"
#include "core/set/content.h"

/* `key`: of the set that is served, where the draft keeps it; NULL for none. */
static int build_finish(struct draft *d, struct content *key, bool secret_unknown, struct material **ret,
                        struct fault *f)
{
    const struct material_parts parts = {.facts = &d->facts,
                                         .findings = &d->findings,
                                         .lifetimes = &d->lifetimes,
                                         .for_server = d->verdict.for_server,
                                         .for_client = d->verdict.for_client,
                                         .bundle = d->in.given.bundle != NULL,
                                         .files = d->files,
                                         .key = key,
                                         .secret_unknown = secret_unknown};
    return draft_collect_lifetimes(d, f) == 0 ? material_of_parts(&parts, ret, f) : -1;
}

static void build_compare(struct draft *d, const struct material *served, int64_t now)
{
    if (served == NULL)
        return;
    const struct draft_served old = {
        .trust = {.ca = material_bytes(served, MATERIAL_CA),
                  .cert = material_bytes(served, MATERIAL_CERT),
                  .for_server = material_is_for_servers(served),
                  .for_client = material_is_for_clients(served)},
        .sound = (material_findings(served)->waived & ~(UINT32_C(1) << REASON_LOSES_FILES)) == 0 &&
                 material_end(served, now).until >= now};
    draft_compare(d, &old, now);
}

static struct draft_before build_before_of(const struct material *served)
{
    if (served == NULL)
        return (struct draft_before){.leaf = NULL};
    return (struct draft_before){
        .leaf = material_content(served, MATERIAL_KEY) == NULL ? NULL : material_facts(served)->sha256,
        .files = material_files(served),
        .loss_waived = (material_findings(served)->waived >> REASON_LOSES_FILES & 1) != 0};
}

int material_build(const struct request_set *set, const struct material *served, int64_t now, struct material **ret,
                   struct fault *f)
{
    CLEANUP(draft_done) struct draft draft = {.before = build_before_of(served)};
    if (draft_judge(set, now, &draft, f) != 0 || draft_encode(&draft, now, f) != 0 ||
        draft_check_loss(set, &draft, f) != 0 || draft_prove(&draft, now, f) != 0)
        return -1;
    build_compare(&draft, served, now);
    return build_finish(&draft, draft.keeps_key ? material_content(served, MATERIAL_KEY) : NULL, false, ret, f);
}

int material_restore(const struct request_set *set, int64_t now, struct material **ret, struct fault *f)
{
    CLEANUP(draft_done) struct draft draft = {.budget.left = 0};
    if (draft_judge_leniently(set, now, &draft, f) != 0 || draft_encode(&draft, now, f) != 0)
        return -1;
    return build_finish(&draft, NULL, false, ret, f);
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
    return build_finish(&draft, NULL, has_key || has_wallet, ret, f);
}
