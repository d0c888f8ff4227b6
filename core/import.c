#include "core/import.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/kek.h"

static const char root[] = ""; /* the identifier of the root set */

const struct import_terms import_terms_default = {.region = "us-east-1", .account = "000000000000", .quota = 100};

/* A document on its way through a vault. */
struct carrying {
    struct vault *vault;
    const struct import_terms *terms;
    const struct request *request;
    struct moment now;
    const char *identifier; /* of the set that it is about */
};

static void date_text(int64_t when, char *ret, size_t size)
{
    struct tm parts;
    time_t seconds = (time_t)when;
    if (gmtime_r(&seconds, &parts) == NULL || strftime(ret, size, "%Y-%m-%d", &parts) == 0)
        ret[0] = '\0';
}

static void describe_served(struct outcome *o, const char *verb, const struct facts *facts)
{
    char until[24];
    date_text(facts->not_after, until, sizeof(until));
    snprintf(o->sentence, sizeof(o->sentence), "%s generation %llu: %.48s, valid until %s", verb,
             (unsigned long long)o->commit.generation, facts->subject, until);
}

/* NULL for a request that names no key. */
static int read_key_id(const struct request *request, char text[static KEK_ID_MAX + 1], const char **ret,
                       struct fault *f)
{
    const struct buf *given = &request->kms_key_id;
    *ret = given->len == 0 ? NULL : text;
    if (given->len > 0)
        memcpy(text, given->data, given->len <= KEK_ID_MAX ? given->len : KEK_ID_MAX);
    text[given->len <= KEK_ID_MAX ? given->len : KEK_ID_MAX] = '\0';
    if (given->len > 0 && (given->len > KEK_ID_MAX || !kek_is_id(text)))
        return fault_set(f, REASON_KEY_NOT_ACCESSIBLE, "KmsKeyId",
                         "a key is named by 1 to 255 of A-Z a-z 0-9 . _ : / -, not beginning with . / or :");
    return 0;
}

static int import_material(const struct carrying *c, struct outcome *o, struct fault *f)
{
    CLEANUP(material_unrefp) struct material *material = NULL;
    CLEANUP(generation_unrefp) struct generation *served = vault_current(c->vault, c->identifier);
    char text[KEK_ID_MAX + 1];
    const char *key_id;
    if (read_key_id(c->request, text, &key_id, f) != 0)
        return -1;
    /* A record from another host names that host's key; here it is as good as any request. */
    if (c->request->record.format != 0 && key_id != NULL && !vault_has_key(c->vault, key_id))
        key_id = NULL;
    if (material_build(c->request, served == NULL ? NULL : served->material, c->now.wall, &material, f) != 0)
        return -1;
    if (vault_commit(c->vault, c->identifier, key_id, material, c->now, &o->commit, f) != 0)
        return -1;
    o->findings = *material_findings(material);
    describe_served(o, o->commit.changed ? "imported" : "unchanged, still", material_facts(material));
    return 0;
}

static int restore_previous(const struct carrying *c, struct outcome *o, struct fault *f)
{
    if (vault_restore(c->vault, c->identifier, c->now, &o->commit, f) != 0)
        return -1;
    CLEANUP(generation_unrefp) struct generation *current = vault_current(c->vault, c->identifier);
    o->findings = *material_findings(current->material);
    describe_served(o, "restored as", material_facts(current->material));
    return 0;
}

static int remove_material(const struct carrying *c, struct outcome *o, struct fault *f)
{
    if (vault_remove(c->vault, c->identifier, &o->commit, f) != 0)
        return -1;
    if (!o->commit.changed) {
        snprintf(o->sentence, sizeof(o->sentence), "nothing was served, nothing was removed");
        return 0;
    }
    snprintf(o->sentence, sizeof(o->sentence), "removed; mysqld will not start without the files");
    findings_add_warning(&o->findings, WARNING_FILES_GONE, "",
                         "the files are gone: a mysqld whose my.cnf names them will not start");
    return 0;
}

typedef int carry_out(const struct carrying *c, struct outcome *o, struct fault *f);

static carry_out *const actions[ACTION_COUNT] = {
    [ACTION_IMPORT_MATERIAL] = import_material,
    [ACTION_REMOVE_MATERIAL] = remove_material,
    [ACTION_RESTORE_PREVIOUS] = restore_previous,
};

/* `import/` is a narrow door: the server behind it speaks for whoever may call a procedure. */
static int check_door(const struct import_terms *terms, const struct request *request, struct fault *f)
{
    bool rds = request->action == ACTION_IMPORT_MATERIAL || request->action == ACTION_REMOVE_MATERIAL;
    if (terms->only_set == NULL || rds)
        return 0;
    return fault_set(f, REASON_UNSUPPORTED, "Action", "only %s and %s are taken here",
                     action_name(ACTION_IMPORT_MATERIAL), action_name(ACTION_REMOVE_MATERIAL));
}

static void note_leaf(struct vault *vault, const char *identifier, char ret[FACTS_HEX_SIZE])
{
    CLEANUP(generation_unrefp) struct generation *current = vault_current(vault, identifier);
    snprintf(ret, FACTS_HEX_SIZE, "%s", current == NULL ? "" : material_facts(current->material)->sha256);
}

int import_document(struct vault *vault, const struct import_terms *terms, struct frame *frame, struct moment now,
                    struct outcome *ret, struct fault *f)
{
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    const struct carrying carrying = {.vault = vault,
                                      .terms = terms,
                                      .request = &request,
                                      .now = now,
                                      .identifier = terms->only_set != NULL ? terms->only_set : root};
    *ret = (struct outcome){.action = ACTION_NONE};
    int result = request_parse(frame, &request, f);
    frame_done(frame);
    ret->action = request.action;
    if (result == 0)
        result = check_door(terms, &request, f);
    note_leaf(vault, carrying.identifier, ret->old_sha256);
    if (result == 0)
        result = actions[request.action](&carrying, ret, f);
    note_leaf(vault, carrying.identifier, ret->new_sha256);
    return result;
}

/* The set that is served already: no policy stands in its way. */
static int serve_against(struct vault *vault, struct frame *against, struct moment now, struct fault *f)
{
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    const struct carrying carrying = {
        .vault = vault, .terms = &import_terms_default, .request = &request, .now = now, .identifier = root};
    struct outcome unused = {.action = ACTION_NONE};
    int result = request_parse(against, &request, f);
    frame_done(against);
    if (result != 0)
        return -1;
    if (request.action != ACTION_IMPORT_MATERIAL)
        return fault_set(f, REASON_MISSING_FIELD, "", "ssl_ca, ssl_cert and ssl_key are needed to compare with");
    request.accepted = UINT32_MAX;
    return import_material(&carrying, &unused, f);
}

int import_check(const struct import_terms *terms, struct frame *against, struct frame *frame, struct moment now,
                 struct outcome *ret, struct fault *f)
{
    CLEANUP(vault_freep) struct vault *vault = NULL;
    if (vault_new(&vault, f) != 0)
        return -1;
    if (against != NULL && serve_against(vault, against, now, f) != 0)
        return fault_at(f, "--against");
    return import_document(vault, terms, frame, now, ret, f);
}
