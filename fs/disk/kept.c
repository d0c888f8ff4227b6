#include "fs/disk/kept.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/fault.h"
#include "core/base/memory.h"
#include "core/registry/registry_kept.h"
#include "core/set/generation.h"
#include "core/store/dir_store.h"
#include "core/store/store.h"

/* ---- records ---- */

static void kept_write_sentence(struct kept *kept, uint64_t set, const struct fault *fault,
                                char ret[static PROBLEMS_SIZE])
{
    CLEANUP(generation_unrefp) struct generation *current = registry_current_of(kept->registry, set);
    if (current == NULL)
        return;
    const char *identifier = current->resource->identifier, *what = identifier[0] == '\0' ? "root set" : "set ";
    char name[DIR_STORE_NAME_SIZE];
    store_name(identifier, name);
    if (fault->reason == REASON_STORE_FAILED && fault->os_errno == EACCES)
        snprintf(ret, PROBLEMS_SIZE, "STORE has a record of the %s%s that the worker cannot read, %s: %s", what,
                 identifier, name, fault->message);
    else
        snprintf(ret, PROBLEMS_SIZE,
                 "STORE has no good record of the %s%s (%s): import it again or put its record back, or a restart will "
                 "not serve it",
                 what, identifier, fault->message);
}

static void kept_name_problem(uint64_t set, char ret[static PROBLEMS_ABOUT_SIZE])
{
    snprintf(ret, PROBLEMS_ABOUT_SIZE, "kept %" PRIu64, set);
}

/* Sets or ends the problem about a set. Returns whether there is none. */
static bool kept_report(struct kept *kept, struct problems *problems, uint64_t set, bool *ret_opened)
{
    char about[PROBLEMS_ABOUT_SIZE], sentence[PROBLEMS_SIZE] = "";
    struct fault fault = {.reason = REASON_NONE};
    bool good = registry_check_record(kept->registry, set, ret_opened, &fault) == 0;
    if (*ret_opened)
        memory_wipe_stack(); /* a private key was opened */
    if (!good)
        kept_write_sentence(kept, set, &fault, sentence);
    kept_name_problem(set, about);
    problems_set(problems, about, sentence);
    return good;
}

static void kept_recheck(struct kept *kept, struct problems *problems)
{
    size_t count = 0;
    bool opened;
    for (size_t i = 0; i < kept->count; i++)
        if (!kept_report(kept, problems, kept->reported[i], &opened))
            kept->reported[count++] = kept->reported[i];
    kept->count = count;
}

static bool kept_is_reported(const struct kept *kept, uint64_t set)
{
    for (size_t i = 0; i < kept->count; i++)
        if (kept->reported[i] == set)
            return true;
    return false;
}

/* Returns whether its record was opened. */
static bool kept_check_set(struct kept *kept, struct problems *problems, uint64_t set)
{
    bool opened = false;
    if (kept->count < KEPT_REPORTED_MAX && !kept_is_reported(kept, set) && !kept_report(kept, problems, set, &opened))
        kept->reported[kept->count++] = set;
    return opened;
}

static uint64_t kept_next_set(const struct kept *kept)
{
    CLEANUP(generation_unrefp) struct generation *next = registry_next(kept->registry, kept->last);
    return next == NULL ? 0 : next->resource->set;
}

static void kept_check_records(struct kept *kept, struct problems *problems)
{
    kept_recheck(kept, problems);
    int opened = kept_check_set(kept, problems, 0) ? 1 : 0;
    for (int i = 0; i < KEPT_SETS_MAX && opened < KEPT_OPENED_MAX; i++) {
        kept->last = kept_next_set(kept);
        if (kept->last == 0)
            return;
        opened += kept_check_set(kept, problems, kept->last) ? 1 : 0;
    }
}

void kept_note(struct kept *kept, uint64_t set, const char *sentence, struct problems *problems)
{
    char about[PROBLEMS_ABOUT_SIZE];
    if (!kept_is_reported(kept, set)) {
        if (kept->count == KEPT_REPORTED_MAX)
            return;
        kept->reported[kept->count++] = set;
    }
    kept_name_problem(set, about);
    problems_set(problems, about, sentence);
}

/* ---- keys ---- */

struct kept_keys {
    const struct kept_found *found;
    struct problems *problems;
};

/* A key's file that is in its place and has the wrong owner or mode is reported by its path, in watch.c. */
static void kept_report_key(void *context, const char *key_id, const struct fault *fault)
{
    const struct kept_keys *keys = context;
    char about[PROBLEMS_ABOUT_SIZE], sentence[PROBLEMS_SIZE] = "";
    const bool named = fault == NULL || strstr(fault->message, key_id) != NULL;
    snprintf(about, sizeof(about), "key %s", key_id);
    const bool there = fault != NULL && fault->os_errno == EACCES;
    if (there && !keys->found->keys_reported)
        snprintf(sentence, sizeof(sentence), "%s%s%s", fault->message, named ? "" : ": ", named ? "" : key_id);
    else if (fault != NULL && !there)
        snprintf(sentence, sizeof(sentence),
                 "%s%s%s: put it back, or a restart will serve nothing that it seals; or import those sets again with "
                 "another key "
                 "(certfs --new-key OTHER; KmsKeyId, kek=)",
                 fault->message, named ? "" : ": ", named ? "" : key_id);
    problems_set(keys->problems, about, sentence);
}

void kept_check(struct kept *kept, const struct kept_found *found, struct problems *problems)
{
    struct kept_keys keys = {found, problems};
    if (kept->registry == NULL)
        return;
    registry_check_keys(kept->registry, kept_report_key, &keys);
    if (!found->store_unusable)
        kept_check_records(kept, problems);
}
