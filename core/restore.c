#include "core/restore.h"

#include "core/judged.h"

static struct span cut(struct span *text, size_t size)
{
    struct span piece = {text->data, size < text->len ? size : text->len};
    text->data += piece.len;
    text->len -= piece.len;
    return piece;
}

/* The files in the set's text. A record has them in one of two orders (record.c). */
static bool find_files(const struct request_set *set, const struct judged_read *judged, bool pinned,
                       struct span files[MATERIAL_FILE_COUNT])
{
    struct span text = buf_span(&set->certificate_pem);
    if (text.len == 0) {
        files[MATERIAL_CA] = buf_span(&set->ssl_ca);
        files[MATERIAL_CERT] = buf_span(&set->ssl_cert);
        files[MATERIAL_KEY] = buf_span(&set->ssl_key);
    } else {
        enum material_file first = pinned ? MATERIAL_CA : MATERIAL_CERT, last = pinned ? MATERIAL_CERT : MATERIAL_CA;
        files[first] = cut(&text, judged->sizes[first]);
        files[MATERIAL_KEY] = cut(&text, judged->sizes[MATERIAL_KEY]);
        files[last] = cut(&text, judged->sizes[last]);
    }
    return judged_is_about(judged, files);
}

static int copy_files(const struct span files[MATERIAL_FILE_COUNT], struct buf ret[MATERIAL_FILE_COUNT],
                      struct fault *f)
{
    for (size_t i = 0; i < MATERIAL_FILE_COUNT; i++)
        if (files[i].len > 0 && (buf_reserve(&ret[i], files[i].len, f) != 0 || buf_append(&ret[i], files[i], f) != 0))
            return -1;
    return 0;
}

static int use_judged(const struct request_set *set, struct judged_read *judged, const struct span *files, int64_t now,
                      struct material **ret, struct fault *f)
{
    struct buf copies[MATERIAL_FILE_COUNT] = {{.len = 0}};
    const struct material_parts parts = {.facts = &judged->facts,
                                         .findings = &judged->findings,
                                         .lifetimes = judged->lifetimes,
                                         .lifetime_count = judged->lifetime_count,
                                         .for_server = judged->for_server,
                                         .for_client = judged->for_client,
                                         .bundle = set->certificate_pem.len > 0,
                                         .files = copies};
    judged->findings.waived = set->accepted;
    judged_review(judged->lifetimes, judged->lifetime_count, set->accepted, now, &judged->findings);
    int result = copy_files(files, copies, f) == 0 ? material_of_parts(&parts, ret, f) : -1;
    for (size_t i = 0; i < MATERIAL_FILE_COUNT; i++)
        buf_done(&copies[i]);
    return result;
}

int restore_set(const struct request_set *set, struct span judged, int64_t now, struct material **ret, struct fault *f)
{
    struct judged_read before = {.lifetime_count = 0};
    struct span files[MATERIAL_FILE_COUNT];
    if (judged.len > 0 && judged_parse(judged, &before) &&
        (find_files(set, &before, false, files) || find_files(set, &before, true, files)))
        return use_judged(set, &before, files, now, ret, f);
    return material_restore(set, now, ret, f);
}
