#include "core/action/import.h"

#include <stdio.h>

#include "core/action/dms.h"
#include "core/action/rds.h"
#include "core/draft/build.h"

const struct import_terms import_terms_default = {.region = "us-east-1", .account = "000000000000", .quota = 100};

typedef int action(const struct carry *carry, struct outcome *o, struct fault *f);

static action *const actions[ACTION_COUNT] = {
    [ACTION_IMPORT_MATERIAL] = rds_import,
    [ACTION_REMOVE_MATERIAL] = rds_remove,
    [ACTION_RESTORE_PREVIOUS] = rds_restore_previous,
    [ACTION_IMPORT_CERTIFICATE] = dms_import,
    [ACTION_DESCRIBE_CERTIFICATES] = dms_describe,
    [ACTION_DELETE_CERTIFICATE] = dms_delete,
    [ACTION_ADD_TAGS] = dms_add_tags,
    [ACTION_LIST_TAGS] = dms_list_tags,
    [ACTION_REMOVE_TAGS] = dms_remove_tags,
};

/* What describes the one set of `import/` lists nothing. */
static action *find_action(const struct carry *carry)
{
    bool asks = carry->terms->only_set != NULL && carry->request->action == ACTION_DESCRIBE_CERTIFICATES;
    return asks ? rds_describe : actions[carry->request->action];
}

static void note_leaf(const struct carry *carry, char ret[FACTS_HEX_SIZE])
{
    CLEANUP(generation_unrefp) struct generation *current = vault_current(carry->vault, carry->identifier);
    snprintf(ret, FACTS_HEX_SIZE, "%s", current == NULL ? "" : material_facts(current->material)->sha256);
}

/* The one set of `import/` is known before the document is. */
static int find_set(struct carry *carry, int understood, struct fault *f)
{
    const char *only = carry->terms->only_set;
    if (only != NULL)
        snprintf(carry->identifier, sizeof(carry->identifier), "%s", only);
    return understood == 0 ? carry_find_set(carry, f) : -1;
}

static int carry_out(struct carry *carry, int understood, struct outcome *ret, struct fault *f)
{
    int result = find_set(carry, understood, f);
    ret->about_set =
        carry->terms->only_set != NULL || (result == 0 && carry->request->action != ACTION_DESCRIBE_CERTIFICATES);
    snprintf(ret->identifier, sizeof(ret->identifier), "%s", carry->identifier);
    if (ret->about_set)
        note_leaf(carry, ret->old_sha256);
    if (result == 0)
        result = find_action(carry)(carry, ret, f);
    if (ret->about_set)
        note_leaf(carry, ret->new_sha256);
    if (result != 0)
        fault_name_field(f);
    return result;
}

/* Reads the document and wipes it. */
static int read_document(struct frame *frame, struct request *ret, struct fault *f)
{
    int understood = request_parse(frame, ret, f);
    frame_done(frame);
    return understood;
}

int import_document(struct vault *vault, const struct import_terms *terms, struct frame *frame, struct moment now,
                    struct outcome *ret, struct fault *f)
{
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    struct carry carry = {.vault = vault, .terms = terms, .request = &request, .now = now};
    *ret = (struct outcome){.action = ACTION_NONE};
    int understood = read_document(frame, &request, f);
    ret->action = request.action;
    return carry_out(&carry, understood, ret, f);
}

/* The set that is served already: no policy stands in its way. */
static int serve_against(struct vault *vault, const struct import_terms *terms, struct frame *against,
                         struct moment now, struct fault *f)
{
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    CLEANUP(outcome_done) struct outcome unused = {.action = ACTION_NONE};
    struct carry carry = {.vault = vault, .terms = terms, .request = &request, .now = now};
    if (read_document(against, &request, f) != 0)
        return -1;
    if (request.action != ACTION_IMPORT_MATERIAL && request.action != ACTION_IMPORT_CERTIFICATE)
        return fault_set(f, REASON_MISSING_FIELD, "", "ssl_ca, ssl_cert and ssl_key are needed to compare with");
    request.set.accepted = UINT32_MAX;
    return carry_out(&carry, 0, &unused, f);
}

int import_check(const struct import_terms *terms, struct frame *against, struct frame *frame, struct moment now,
                 struct outcome *ret, struct fault *f)
{
    CLEANUP(vault_freep) struct vault *vault = NULL;
    struct import_terms judging = *terms;
    judging.only_judged = true;
    if (vault_new(&vault, f) != 0)
        return -1;
    if (against != NULL && serve_against(vault, &judging, against, now, f) != 0)
        return fault_at(f, "--against");
    return import_document(vault, &judging, frame, now, ret, f);
}

static int serve_shown(const struct carry *carry, const struct import_shown *shown, struct fault *f)
{
    CLEANUP(material_unrefp) struct material *material = NULL;
    char arn[RESOURCE_ARN_SIZE] = "";
    struct commit unused;
    if (shown->ca.len == 0 && shown->cert.len == 0)
        return 0;
    if (material_of_public(buf_span(&shown->ca), buf_span(&shown->cert), shown->has_key, shown->has_wallet,
                           carry->now.wall, &material, f) != 0 ||
        (carry->identifier[0] != '\0' && resource_make_arn(carry->terms->region, carry->terms->account, arn, f) != 0))
        return -1;
    const struct vault_entry entry = {
        .identifier = carry->identifier, .material = material, .arn = arn, .created = carry->now.wall};
    return vault_commit(carry->vault, &entry, carry->now, &unused, f);
}

/* What the document is about is served first, as it is elsewhere. */
static int show(struct carry *carry, import_look *look, void *context, struct fault *f)
{
    struct import_shown shown = {.has_key = false};
    struct fault ignored = {.reason = REASON_NONE};
    if (carry_find_set(carry, &ignored) != 0) /* it will be refused for that */
        return 0;
    int result = look(context, carry->identifier, &shown, f);
    if (result == 0)
        result = serve_shown(carry, &shown, f);
    buf_done(&shown.ca);
    buf_done(&shown.cert);
    return result == 0 ? 0 : fault_at(f, "--against");
}

int import_check_beside(const struct import_terms *terms, import_look *look, void *context, struct frame *frame,
                        struct moment now, struct outcome *ret, struct fault *f)
{
    CLEANUP(vault_freep) struct vault *vault = NULL;
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    struct import_terms judging = *terms;
    struct carry carry = {.terms = &judging, .request = &request, .now = now};
    judging.only_judged = true;
    *ret = (struct outcome){.action = ACTION_NONE};
    if (vault_new(&vault, f) != 0)
        return -1;
    carry.vault = vault;
    int understood = read_document(frame, &request, f);
    ret->action = request.action;
    if (understood == 0 && show(&carry, look, context, f) != 0)
        return -1;
    return carry_out(&carry, understood, ret, f);
}
