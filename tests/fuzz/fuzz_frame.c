/* frame: pieces of any size give the verdict of the whole. */
#include "tests/fuzz/oracle.h"

#include "core/json/json.h"

struct verdict {
    enum reason reason;
    struct frame frame;
};

/* In pieces as a small generator cuts them: mostly of a few bytes, some empty, some longer. */
static struct verdict take(struct span text, uint32_t seed)
{
    struct verdict verdict = {.reason = REASON_NONE};
    struct fault f = {0};
    while (text.len > 0 && f.reason == REASON_NONE) {
        seed = seed * 1103515245 + 12345;
        size_t length = (seed >> 16) % 7 == 0 ? (seed >> 20) % 64 : (seed >> 16) % 5;
        if (length > text.len)
            length = text.len;
        oracle_law(frame_take(&verdict.frame, (struct span){text.data, length}, &f), &f);
        text = (struct span){text.data + length, text.len - length};
    }
    verdict.reason = f.reason;
    return verdict;
}

static void expect_document(struct span text)
{
    struct json *document = NULL;
    struct fault f = {0};
    oracle_require(text.len >= 2 && text.data[0] == '{' && text.data[text.len - 1] == '}', "a document is an object");
    oracle_require(oracle_law(json_parse(text, &document, &f), &f), "cJSON takes what the grammar takes");
    json_freep(&document);
}

static void expect_same(const struct verdict *a, const struct verdict *b)
{
    oracle_require(a->reason == b->reason, "pieces give the verdict of the whole");
    if (a->reason != REASON_NONE)
        return;
    oracle_require(a->frame.complete == b->frame.complete, "pieces are complete when the whole is");
    oracle_require(frame_is_unfinished(&a->frame) == frame_is_unfinished(&b->frame), "and unfinished when it is");
    oracle_require(!a->frame.complete || span_equal(buf_span(&a->frame.text), buf_span(&b->frame.text)),
                   "pieces give the text of the whole");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    uint32_t seed = 1 + (uint32_t)data[0] + ((uint32_t)data[1] << 8);
    struct span text = {data + 2, size - 2};
    struct verdict whole = {.reason = REASON_NONE}, pieces = take(text, seed);
    struct fault f = {0};
    oracle_law(frame_take(&whole.frame, text, &f), &f);
    whole.reason = f.reason;
    expect_same(&whole, &pieces);
    if (whole.reason == REASON_NONE && whole.frame.complete)
        expect_document(buf_span(&whole.frame.text));
    frame_done(&whole.frame);
    frame_done(&pieces.frame);
    return 0;
}
