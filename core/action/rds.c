#include "core/action/rds.h"

#include <stdio.h>

#include "core/about/findings.h"
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

int rds_restore_previous(const struct request_context *c, struct outcome *o, struct fault *f)
{
    uint32_t waived;
    if (rds_check_loss(c, &waived, f) != 0 || context_permit(c, f) != 0 ||
        registry_restore(c->registry, context_identifier(c), c->now, &o->commit, f) != 0)
        return -1;
    material_findings_at(o->commit.current->material, c->now.wall, &o->findings);
    o->findings.waived |= waived;
    outcome_warn_missing(o, "it is written again");
    outcome_describe(o, c, "restored as", o->commit.current);
    return 0;
}

int rds_remove(const struct request_context *c, struct outcome *o, struct fault *f)
{
    if (context_permit(c, f) != 0 || registry_remove(c->registry, context_identifier(c), &o->commit, f) != 0)
        return -1;
    bool named = context_identifier(c)[0] != '\0';
    const char *called = context_called(c, 64, "that set");
    if (!o->commit.changed) {
        snprintf(o->sentence, sizeof(o->sentence), "nothing was served%s%s, nothing was removed", named ? " as " : "",
                 called);
        return 0;
    }
    if (o->commit.unopened_removed) {
        snprintf(o->sentence, sizeof(o->sentence), "nothing was served%s%s; what did not open was removed",
                 named ? " as " : "", called);
        findings_add_warning(&o->findings, WARNING_UNOPENED_REMOVED, "",
                             "nothing was served; the sealed record that did not open is deleted");
        return 0;
    }
    outcome_warn_missing(o, "if it was moved away, keep it out of STORE");
    snprintf(o->sentence, sizeof(o->sentence), "removed%s%s; %s will not start without the files", named ? " " : "",
             called, named ? "what uses it" : "mysqld");
    findings_add_warning(&o->findings, WARNING_FILES_GONE, "",
                         "the files are gone: a mysqld whose my.cnf names them will not start, a replica not connect");
    return 0;
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
