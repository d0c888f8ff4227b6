#include "core/draft/restore.h"

#include "core/draft/build.h"
#include "core/pem/wallet.h"
#include "core/set/judged.h"

static struct span restore_cut(struct span *text, size_t size)
{
    struct span piece = {text->data, size < text->len ? size : text->len};
    text->data += piece.len;
    text->len -= piece.len;
    return piece;
}

static struct span restore_bundle_of(const struct request_set *set, const struct request_found *found)
{
    return buf_span(set->wallet.len > 0 ? &found->opened : &set->certificate_pem);
}

/* The files in the set's text. A record has them in one of two orders (record.c). */
static bool restore_find_files(const struct request_set *set, struct span text, const struct judged_read *judged,
                               bool pinned, struct span files[MATERIAL_FILE_COUNT])
{
    if (text.len == 0) {
        files[MATERIAL_CA] = buf_span(&set->ssl_ca);
        files[MATERIAL_CERT] = buf_span(&set->ssl_cert);
        files[MATERIAL_KEY] = buf_span(&set->ssl_key);
    } else {
        enum material_file first = pinned ? MATERIAL_CA : MATERIAL_CERT, last = pinned ? MATERIAL_CERT : MATERIAL_CA;
        files[first] = restore_cut(&text, judged->sizes[first]);
        files[MATERIAL_KEY] = restore_cut(&text, judged->sizes[MATERIAL_KEY]);
        files[last] = restore_cut(&text, judged->sizes[last]);
    }
    return judged_is_about(judged, files);
}

static int restore_copy_files(const struct request_set *set, const struct span files[MATERIAL_FILE_COUNT],
                              struct buf ret[MATERIAL_FILE_COUNT], struct fault *f)
{
    for (size_t i = 0; i < MATERIAL_PEM_COUNT; i++)
        if (files[i].len > 0 && (buf_reserve(&ret[i], files[i].len, f) != 0 || buf_append(&ret[i], files[i], f) != 0))
            return -1;
    return set->wallet.len == 0 ? 0 : wallet_decode(buf_span(&set->wallet), &ret[MATERIAL_WALLET], f);
}

static int restore_use_judged(const struct request_set *set, struct judged_read *judged, const struct span *files,
                              struct material **ret, struct fault *f)
{
    struct buf copies[MATERIAL_FILE_COUNT] = {{.len = 0}};
    const struct material_parts parts = {.facts = &judged->facts,
                                         .findings = &judged->findings,
                                         .lifetimes = &judged->lifetimes,
                                         .for_server = judged->for_server,
                                         .for_client = judged->for_client,
                                         .bundle = set->certificate_pem.len > 0 || set->wallet.len > 0,
                                         .files = copies};
    judged->findings.waived = set->accepted;
    int result = restore_copy_files(set, files, copies, f) == 0 ? material_of_parts(&parts, ret, f) : -1;
    for (size_t i = 0; i < MATERIAL_FILE_COUNT; i++)
        buf_done(&copies[i]);
    return result;
}

int restore_set(const struct request_set *set, const struct request_found *found, int64_t now, struct material **ret,
                struct fault *f)
{
    CLEANUP(judged_done) struct judged_read before = {.for_server = false};
    struct span files[MATERIAL_FILE_COUNT] = {{NULL, 0}}, bundle = restore_bundle_of(set, found);
    if (found->judged.len > 0 && judged_parse(buf_span(&found->judged), &before) &&
        (restore_find_files(set, bundle, &before, false, files) ||
         restore_find_files(set, bundle, &before, true, files)))
        return restore_use_judged(set, &before, files, ret, f);
    return material_restore(set, now, ret, f);
}
