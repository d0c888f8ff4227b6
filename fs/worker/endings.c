#include "fs/worker/endings.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "core/about/findings.h"
#include "core/about/identifier.h"
#include "core/base/fault.h"
#include "core/registry/registry.h"
#include "core/set/generation.h"
#include "core/set/material.h"
#include "fs/host/channel.h"
#include "fs/report/problems.h"

enum { SETS_LOGGED_MAX = 32 };

/* The warnings of a set then, and now. */
struct change {
    const struct server *server;
    struct problems *problems;
    const char *identifier;
    bool start;
    struct findings before, after;
    bool other_end; /* another certificate is the next to end */
};

static const struct findings none;

static bool endings_has(const struct findings *findings, enum warning warning)
{
    for (size_t i = 0; i < findings->warning_count; i++)
        if (findings->warnings[i].warning == warning)
            return true;
    return false;
}

/* The lines for the warnings that depend on time. Their sentences count days, so that they are never the same for long.
 */
static bool endings_is_new(const struct change *change, enum warning warning)
{
    switch (warning) {
    case WARNING_ENDS_SOON:
    case WARNING_EXPIRED_ANCHORS:
        return change->other_end || !endings_has(&change->before, warning);
    case WARNING_FAILS_TODAY:
        return !change->start && !endings_has(&change->before, warning);
    default:
        return false;
    }
}

static void endings_log(const struct change *change, const char *message)
{
    char sentence[FAULT_MESSAGE_SIZE + IDENTIFIER_MAX + 64];
    snprintf(sentence, sizeof(sentence), "the served set%s%s: %s", change->identifier[0] == '\0' ? "" : " ",
             change->identifier, message);
    channel_send(change->server->log_fd, CHANNEL_LOG, LOG_WARNING, sentence);
}

/* A set that would be refused today is served, since it was accepted once; it is a problem until it is replaced. */
static void endings_report_problem(const struct change *change)
{
    char about[PROBLEMS_ABOUT_SIZE], sentence[PROBLEMS_SIZE] = "";
    if (!endings_has(&change->before, WARNING_FAILS_TODAY) && !endings_has(&change->after, WARNING_FAILS_TODAY))
        return;
    for (size_t i = 0; i < change->after.warning_count; i++)
        if (change->after.warnings[i].warning == WARNING_FAILS_TODAY)
            snprintf(sentence, sizeof(sentence), "the served set%s%s would be refused today: %s",
                     change->identifier[0] == '\0' ? "" : " ", change->identifier, change->after.warnings[i].message);
    server_about_set(change->identifier, about);
    problems_set(change->problems, about, sentence);
}

/* Whether there was something to report; it is logged if that is allowed. */
static bool endings_report_one(const struct change *change, bool aloud)
{
    bool reported = false;
    endings_report_problem(change);
    for (size_t i = 0; i < change->after.warning_count; i++) {
        if (!endings_is_new(change, change->after.warnings[i].warning))
            continue;
        reported = true;
        if (aloud)
            endings_log(change, change->after.warnings[i].message);
    }
    return reported;
}

static bool endings_report_set(struct change *change, const struct generation *generation, int64_t since, int64_t now,
                               bool aloud)
{
    const struct material *material = generation->material;
    change->identifier = generation->resource->identifier;
    change->before = none;
    change->start = since == 0;
    if (!change->start)
        material_findings_at(material, since, &change->before);
    material_findings_at(material, now, &change->after);
    change->other_end = !change->start && material_end(material, since).until != material_end(material, now).until;
    return endings_report_one(change, aloud);
}

void endings_report(const struct server *server, struct problems *problems, int64_t since, int64_t now)
{
    struct change change = {.server = server, .problems = problems};
    size_t reported = 0;
    CLEANUP(generation_unrefp) struct generation *root = registry_current(server->registry, "");
    if (root != NULL)
        reported += endings_report_set(&change, root, since, now, true);
    struct generation *named;
    for (uint64_t set = 0; (named = registry_next(server->registry, set)) != NULL; generation_unref(named)) {
        set = named->resource->set;
        reported += endings_report_set(&change, named, since, now, reported < SETS_LOGGED_MAX);
    }
    char sentence[FAULT_MESSAGE_SIZE];
    snprintf(sentence, sizeof(sentence), "there are %zu more sets that end soon or have ended; see metrics",
             reported > SETS_LOGGED_MAX ? reported - SETS_LOGGED_MAX : 0);
    if (reported > SETS_LOGGED_MAX)
        channel_send(server->log_fd, CHANNEL_LOG, LOG_WARNING, sentence);
}
