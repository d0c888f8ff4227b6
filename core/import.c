#include "core/import.h"

#include <stdio.h>
#include <time.h>

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

static int import_material(struct vault *vault, const struct request *request, struct moment now, struct outcome *o,
                           struct fault *f)
{
    CLEANUP(material_unrefp) struct material *material = NULL;
    CLEANUP(generation_unrefp) struct generation *served = vault_current(vault);
    if (material_build(request, served == NULL ? NULL : served->material, now.wall, &material, f) != 0)
        return -1;
    if (vault_commit(vault, material, now, &o->commit, f) != 0)
        return -1;
    o->findings = *material_findings(material);
    describe_served(o, o->commit.changed ? "imported" : "unchanged, still", material_facts(material));
    return 0;
}

static int restore_previous(struct vault *vault, const struct request *request, struct moment now, struct outcome *o,
                            struct fault *f)
{
    (void)request;
    if (vault_restore(vault, now, &o->commit, f) != 0)
        return -1;
    CLEANUP(generation_unrefp) struct generation *current = vault_current(vault);
    o->findings = *material_findings(current->material);
    describe_served(o, "restored as", material_facts(current->material));
    return 0;
}

static int remove_material(struct vault *vault, const struct request *request, struct moment now, struct outcome *o,
                           struct fault *f)
{
    (void)request;
    (void)now;
    (void)f;
    vault_remove(vault, &o->commit);
    if (!o->commit.changed) {
        snprintf(o->sentence, sizeof(o->sentence), "nothing was served, nothing was removed");
        return 0;
    }
    snprintf(o->sentence, sizeof(o->sentence), "removed; mysqld will not start without the files");
    findings_add_warning(&o->findings, WARNING_FILES_GONE, "",
                         "the files are gone: a mysqld whose my.cnf names them will not start");
    return 0;
}

typedef int carry_out(struct vault *vault, const struct request *request, struct moment now, struct outcome *o,
                      struct fault *f);

static carry_out *const actions[ACTION_COUNT] = {
    [ACTION_IMPORT_MATERIAL] = import_material,
    [ACTION_REMOVE_MATERIAL] = remove_material,
    [ACTION_RESTORE_PREVIOUS] = restore_previous,
};

int import_document(struct vault *vault, struct frame *frame, struct moment now, struct outcome *ret, struct fault *f)
{
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    *ret = (struct outcome){.action = ACTION_NONE};
    int result = request_parse(frame, &request, f);
    frame_done(frame);
    ret->action = request.action;
    if (result != 0)
        return -1;
    return actions[request.action](vault, &request, now, ret, f);
}

/* The set that is served already: no policy stands in its way. */
static int serve_against(struct vault *vault, struct frame *against, struct moment now, struct fault *f)
{
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    struct outcome unused = {.action = ACTION_NONE};
    int result = request_parse(against, &request, f);
    frame_done(against);
    if (result != 0)
        return -1;
    if (request.action != ACTION_IMPORT_MATERIAL)
        return fault_set(f, REASON_MISSING_FIELD, "", "ssl_ca, ssl_cert and ssl_key are needed to compare with");
    request.accepted = UINT32_MAX;
    return import_material(vault, &request, now, &unused, f);
}

int import_check(struct frame *against, struct frame *frame, struct moment now, struct outcome *ret, struct fault *f)
{
    CLEANUP(vault_freep) struct vault *vault = NULL;
    if (vault_new(&vault, f) != 0)
        return -1;
    if (against != NULL && serve_against(vault, against, now, f) != 0)
        return fault_at(f, "--against");
    return import_document(vault, frame, now, ret, f);
}
