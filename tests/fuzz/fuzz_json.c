/* json: what the grammar takes, cJSON takes too; what is written is read again and written the same. */
#include "tests/fuzz/oracle.h"

#include "core/json/json.h"

struct members {
    struct buf text;
    struct json_texts texts;
    bool flag;
};

static const struct json_member table[] = {
    {.name = "ssl_ca", .kind = JSON_TEXT, .offset = offsetof(struct members, text)},
    {.name = "Accept", .kind = JSON_TEXTS, .offset = offsetof(struct members, texts)},
    {.name = "Replace", .kind = JSON_FLAG, .offset = offsetof(struct members, flag)},
};

static void read_members(const struct json *document)
{
    struct members members = {.flag = false};
    struct fault f = {0};
    oracle_law(json_read(document, table, sizeof(table) / sizeof(table[0]), &members, &f), &f);
    buf_done(&members.text);
    json_texts_done(&members.texts);
}

/* Parses and writes again. */
static void rewrite(struct span text, struct buf *ret)
{
    struct json *document = NULL;
    struct fault f = {0};
    oracle_require(oracle_law(json_parse(text, &document, &f), &f), "cJSON takes what the grammar takes");
    read_members(document);
    oracle_require(oracle_law(json_write(document, ret, &f), &f), "what was parsed can be written");
    json_freep(&document);
}

/* From `from` to `to`, which the grammar takes as well. */
static void step(const struct buf *from, struct buf *to)
{
    struct frame frame = {0};
    rewrite(buf_span(from), to);
    oracle_require(oracle_frame(buf_span(to), &frame), "the grammar takes what is written");
    frame_done(&frame);
}

/* cJSON rounds numbers, of which we have none that we would write again; after that nothing changes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame frame = {0};
    struct buf once = {0}, twice = {0}, thrice = {0};
    if (oracle_frame((struct span){data, size}, &frame)) {
        step(&frame.text, &once);
        step(&once, &twice);
        step(&twice, &thrice);
        oracle_require(span_equal(buf_span(&twice), buf_span(&thrice)), "what is written stays as it is");
    }
    buf_done(&once);
    buf_done(&twice);
    buf_done(&thrice);
    frame_done(&frame);
    return 0;
}
