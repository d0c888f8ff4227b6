#include "core/action/rds.h"

#include <stdio.h>

#include "core/about/findings.h"
#include "core/action/change.h"
#include "core/base/fault.h"
#include "core/draft/loss.h"
#include "core/registry/registry.h"
#include "core/request/request.h"
#include "core/set/content.h"
#include "core/set/generation.h"
#include "core/set/material.h"

static int rds_check_loss(const struct request_context *c, uint32_t *ret_waived, struct fault *f)
{
    const struct served *served = &c->served;
    unsigned lost = served->previous == NULL ? 0 : material_loss(served->current->material, served->previous);
    bool accepted = request_accepts(&c->request->set, REASON_LOSES_FILES);
    *ret_waived = lost != 0 && accepted ? UINT32_C(1) << REASON_LOSES_FILES : 0;
    return accepted ? 0 : loss_refuse_previous(lost, f);
}

static void rds_answer_restored(const struct change *change)
{
    struct outcome *o = change->outcome;
    material_findings_at(o->commit.current->material, change->context->now.wall, &o->findings);
    o->findings.waived |= change->waived;
    outcome_warn_missing(o, "it is written again");
    outcome_describe(o, change->context, "restored as", o->commit.current);
}

int rds_restore_previous(const struct request_context *c, struct outcome *o, struct fault *f)
{
    struct change change = {.context = c, .outcome = o, .answer = rds_answer_restored};
    struct commit commit;
    if (rds_check_loss(c, &change.waived, f) != 0 || change_begin(&change, f) != 0)
        return -1;
    return change_end(&change, registry_restore(c->registry, context_identifier(c), c->now, &commit, f), &commit);
}

static void rds_answer_removed(const struct change *change)
{
    const struct request_context *c = change->context;
    struct outcome *o = change->outcome;
    bool named = context_identifier(c)[0] != '\0';
    const char *called = context_called(c, 64, "that set");
    if (!o->commit.changed) {
        snprintf(o->sentence, sizeof(o->sentence), "nothing was served%s%s, nothing was removed", named ? " as " : "",
                 called);
        return;
    }
    if (o->commit.unopened_removed) {
        snprintf(o->sentence, sizeof(o->sentence), "nothing was served%s%s; what did not open was removed",
                 named ? " as " : "", called);
        findings_add_warning(&o->findings, WARNING_UNOPENED_REMOVED, "",
                             "nothing was served; the sealed record that did not open is deleted");
        return;
    }
    outcome_warn_missing(o, "if it was moved away, keep it out of STORE");
    snprintf(o->sentence, sizeof(o->sentence), "removed%s%s; %s will not start without the files", named ? " " : "",
             called, named ? "what uses it" : "mysqld");
    findings_add_warning(&o->findings, WARNING_FILES_GONE, "",
                         "the files are gone: a mysqld whose my.cnf names them will not start, a replica not connect");
}

int rds_remove(const struct request_context *c, struct outcome *o, struct fault *f)
{
    struct change change = {.context = c, .outcome = o, .answer = rds_answer_removed};
    struct commit commit;
    if (change_begin(&change, f) != 0)
        return -1;
    return change_end(&change, registry_remove(c->registry, context_identifier(c), &commit, f), &commit);
}

int rds_describe(const struct request_context *c, struct outcome *o, struct fault *f)
{
    static const char remedy[] = "import one first (rds_import_binlog_ssl_material)";
    const struct generation *current = c->served.current;
    const char *called = context_called(c, 40, "");
    const char *blank = called[0] == '\0' ? "" : " ";
    if (current == NULL)
        return fault_set(f, REASON_NOT_FOUND, "", "no set%s%s is served; %s", blank, called, remedy);
    for (enum material_file file = MATERIAL_CA; file <= MATERIAL_KEY; file++)
        if (material_bytes(current->material, file).len == 0)
            return fault_set(f, REASON_NOT_FOUND, "", "set%s%s lacks one of the three files; %s", blank, called,
                             remedy);
    o->commit.set = current->resource->set;
    o->commit.generation = current->number;
    outcome_describe(o, c, "served is", current);
    return 0;
}
