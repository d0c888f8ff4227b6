#include "core/set/material.h"

#include <stdlib.h>

#include "core/base/buf.h"
#include "core/base/refcount.h"
#include "core/set/judged.h"

struct material {
    struct refcount references;
    struct content *contents[MATERIAL_FILE_COUNT]; /* NULL: there is no such file */
    struct cert_info facts;
    struct findings *findings; /* NULL: none at all, as with nearly every set; they are large */
    struct lifetimes lifetimes;
    bool for_server, for_client;
    bool bundle;
    bool secret_unknown; /* the contents of key.pem and cwallet.sso stand for some that are elsewhere */
};

static const struct findings no_findings;

/* A copy, NULL if there are none at all. */
static int material_keep_findings(const struct findings *findings, struct findings **ret)
{
    *ret = NULL;
    if (findings->repair_count == 0 && findings->warning_count == 0 && findings->waived == 0)
        return 0;
    *ret = malloc(sizeof(**ret));
    if (*ret == NULL)
        return -1;
    **ret = *findings;
    return 0;
}

int material_of_parts(const struct material_parts *parts, struct material **ret, struct fault *f)
{
    CLEANUP(material_unrefp) struct material *material = calloc(1, sizeof(*material));
    if (material == NULL)
        return fault_no_memory(f);
    material->references = REFCOUNT_ONE;
    material->facts = *parts->facts;
    if (material_keep_findings(parts->findings, &material->findings) != 0)
        return fault_no_memory(f);
    material->for_server = parts->for_server;
    material->for_client = parts->for_client;
    material->bundle = parts->bundle;
    for (size_t i = 0; i < MATERIAL_FILE_COUNT; i++) {
        if (parts->files[i].len == 0)
            continue;
        material->contents[i] = content_new(&parts->files[i]);
        if (material->contents[i] == NULL)
            return fault_no_memory(f);
    }
    if (parts->key != NULL)
        material->contents[MATERIAL_KEY] = content_ref(parts->key);
    material->secret_unknown = parts->secret_unknown;
    material->lifetimes = *parts->lifetimes;
    *parts->lifetimes = (struct lifetimes){.list = NULL};
    *ret = TAKE(material);
    return 0;
}

unsigned material_files(const struct material *material)
{
    unsigned files = 0;
    for (enum material_file file = MATERIAL_CA; file < MATERIAL_FILE_COUNT; file++)
        if (material->contents[file] != NULL)
            files |= 1U << file;
    return files;
}

unsigned material_loss(const struct material *served, const struct material *next)
{
    return material_files(served) & ~material_files(next);
}

int material_write_judged(const struct material *material, struct buf *ret, struct fault *f)
{
    const struct judged judged = {.facts = &material->facts,
                                  .findings = material_findings(material),
                                  .lifetimes = &material->lifetimes,
                                  .for_server = material->for_server,
                                  .for_client = material->for_client,
                                  .files = {[MATERIAL_CA] = material_bytes(material, MATERIAL_CA),
                                            [MATERIAL_CERT] = material_bytes(material, MATERIAL_CERT),
                                            [MATERIAL_KEY] = material_bytes(material, MATERIAL_KEY)}};
    return judged_write(&judged, ret, f);
}

struct material *material_ref(struct material *material)
{
    refcount_take(&material->references);
    return material;
}

void material_unref(struct material *material)
{
    if (material == NULL || !refcount_drop(&material->references))
        return;
    for (size_t i = 0; i < MATERIAL_FILE_COUNT; i++)
        content_unref(material->contents[i]);
    free(material->findings);
    lifetimes_done(&material->lifetimes);
    free(material);
}

void material_unrefp(struct material **material)
{
    material_unref(*material);
}

struct content *material_content(const struct material *material, enum material_file file)
{
    return material->contents[file];
}

bool material_is_secret(enum material_file file)
{
    return file == MATERIAL_KEY || file == MATERIAL_WALLET;
}

bool material_is_for_servers(const struct material *material)
{
    return material->for_server;
}

bool material_is_for_clients(const struct material *material)
{
    return material->for_client;
}

bool material_is_bundle(const struct material *material)
{
    return material->bundle;
}

const struct cert_info *material_facts(const struct material *material)
{
    return &material->facts;
}

const struct findings *material_findings(const struct material *material)
{
    return material->findings == NULL ? &no_findings : material->findings;
}

void material_findings_at(const struct material *material, int64_t now, struct findings *ret)
{
    *ret = *material_findings(material);
    lifetimes_review(&material->lifetimes, ret->waived, now, ret);
}

struct set_end material_end(const struct material *material, int64_t now)
{
    return lifetimes_end(&material->lifetimes, now);
}

bool material_equal(const struct material *a, const struct material *b)
{
    bool public = a->secret_unknown || b->secret_unknown;
    if (!public && material_findings(a)->waived != material_findings(b)->waived)
        return false;
    for (enum material_file file = MATERIAL_CA; file < MATERIAL_FILE_COUNT; file++) {
        struct span left = material_bytes(a, file), right = material_bytes(b, file);
        if (public && material_is_secret(file) ? (left.len == 0) != (right.len == 0) : !span_equal(left, right))
            return false;
    }
    return true;
}

struct span material_bytes(const struct material *material, enum material_file file)
{
    const struct content *content = material->contents[file];
    return content == NULL ? (struct span){NULL, 0} : content_peek(content);
}

void material_revoke(struct material *material)
{
    for (size_t i = 0; i < MATERIAL_FILE_COUNT; i++)
        if (material->contents[i] != NULL)
            content_revoke(material->contents[i]);
}
