#include "core/action/outcome.h"

#include <stdio.h>
#include <string.h>

#include "core/about/cert_info.h"
#include "core/about/identifier.h"
#include "core/about/lifetimes.h"
#include "core/base/text.h"
#include "core/set/generation.h"
#include "core/set/material.h"
#include "core/set/resource.h"

enum { SUBJECT_MIN = 16 };

void outcome_done(struct outcome *outcome)
{
    json_freep(&outcome->document);
    resource_unrefp(&outcome->resource);
}

const char *outcome_identifier(const struct outcome *outcome)
{
    return outcome->resource == NULL ? "" : outcome->resource->identifier;
}

static void outcome_note_leaf(const struct generation *generation, char ret[static CERT_INFO_HEX_SIZE])
{
    snprintf(ret, CERT_INFO_HEX_SIZE, "%s", generation == NULL ? "" : material_facts(generation->material)->sha256);
}

void outcome_note(struct outcome *o, const struct request_context *c)
{
    const struct generation *before = c->served.current, *after = o->commit.changed ? o->commit.current : before;
    struct resource *resource = after != NULL ? after->resource : c->resource;
    resource_unref(o->resource);
    o->resource = resource == NULL ? NULL : resource_ref(resource);
    outcome_note_leaf(before, o->old_sha256);
    outcome_note_leaf(after, o->new_sha256);
}

void outcome_forget(struct outcome *o)
{
    json_freep(&o->document);
    o->document = NULL;
    o->commit = (struct commit){.changed = false};
    o->findings = (struct findings){.waived = 0};
    o->sentence[0] = '\0';
}

void outcome_warn_missing(struct outcome *outcome, const char *what)
{
    if (outcome->commit.record_missing)
        findings_add_warning(&outcome->findings, WARNING_RECORD_MISSING, "",
                             "the record of this set was missing in STORE: %s", what);
}

/* A set of trust anchors can outlive all of them. */
static void outcome_end_text(const struct material *material, int64_t now, char *ret, size_t size)
{
    const struct set_end end = material_end(material, now);
    char date[LIFETIMES_DATE_SIZE];
    lifetimes_date(end.until, date);
    if (end.of[0] == '\0')
        snprintf(ret, size, "none of it is valid today");
    else
        snprintf(ret, size, "valid until %.10s", date);
}

void outcome_describe(struct outcome *outcome, const struct request_context *c, const char *verb,
                      const struct generation *generation)
{
    char until[32], number[40] = "", start[IDENTIFIER_MAX + 96], subject[CERT_INFO_NAME_SIZE] = "";
    const char *whole = material_facts(generation->material)->subject;
    outcome_end_text(generation->material, c->now.wall, until, sizeof(until));
    if (!c->policy->only_judged) /* else the number is of no use outside of this process */
        snprintf(number, sizeof(number), " generation %llu", (unsigned long long)generation->number);
    size_t taken = strlen(verb) + strlen(" ") + strlen(number) + strlen(", ") + strlen(until);
    const char *called = context_called(c, sizeof(outcome->sentence) - 1 - taken, "that set");
    int used = snprintf(start, sizeof(start), "%s%s%s%s", verb, called[0] == '\0' ? "" : " ", called, number);
    int room = (int)sizeof(outcome->sentence) - used - (int)strlen(until) - (int)strlen(": , ");
    size_t size = room < SUBJECT_MIN ? 1 : (size_t)room < sizeof(subject) ? (size_t)room : sizeof(subject);
    if (size > 1)
        text_fit(whole, subject, size);
    int length = snprintf(outcome->sentence, sizeof(outcome->sentence), "%s%s%s, %s", start, size > 1 ? ": " : "",
                          subject, until);
    if (length >= (int)sizeof(outcome->sentence))
        text_cut(outcome->sentence, sizeof(outcome->sentence));
}
