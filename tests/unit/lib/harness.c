#include "tests/unit/lib/harness.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/json/json.h"

enum { SECRET_WINDOW = 8 };

static void expect_printable(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~')
            fail_msg("a byte %d in \"%s\"", *text, text);
}

static void expect_no_piece_of(struct span secret, const char *text)
{
    struct span whole = span_of(text);
    for (size_t i = 0; i + SECRET_WINDOW <= whole.len; i++)
        if (span_has(secret, (struct span){whole.data + i, SECRET_WINDOW}))
            fail_msg("the fault \"%s\" repeats the payload", text);
}

bool span_has(struct span span, struct span text)
{
    return span.len > 0 && memmem(span.data, span.len, text.data, text.len) != NULL;
}

void add_bytes(struct buf *buf, struct span bytes)
{
    struct fault f = {0};
    assert_int_equal(buf_append(buf, bytes, &f), 0);
}

void add_text(struct buf *buf, const char *text)
{
    add_bytes(buf, span_of(text));
}

void add_escaped(struct buf *buf, struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        add_bytes(buf, text.data[i] == '\n' ? span_of("\\n") : (struct span){text.data + i, 1});
}

void start_core(void)
{
    assert_int_equal(memory_init(), 0);
    json_init();
}

void law_check(int result, const struct fault *f, struct span secret)
{
    if (result == 0) {
        if (f->reason != REASON_NONE)
            fail_msg("0 was returned with the fault %s: %s", reason_name(f->reason), f->message);
        return;
    }
    assert_int_equal(result, -1);
    if (f->reason <= REASON_NONE || f->reason >= REASON_ALL)
        fail_msg("-1 was returned without a fault");
    assert_int_not_equal(f->message[0], '\0');
    assert_true(strnlen(f->message, sizeof(f->message)) < sizeof(f->message));
    assert_true(strnlen(f->field, sizeof(f->field)) < sizeof(f->field));
    expect_printable(f->message);
    expect_printable(f->field);
    expect_no_piece_of(secret, f->message);
    expect_no_piece_of(secret, f->field);
}

void law_expect(int result, const struct fault *f, enum reason reason)
{
    law_check(result, f, (struct span){NULL, 0});
    if (f->reason != reason)
        fail_msg("%s was expected, %s came: %s", reason_name(reason), reason_name(f->reason), f->message);
}

void expect_text(const struct buf *buf, const char *text)
{
    if (!span_equal(buf_span(buf), span_of(text)))
        fail_msg("expected \"%s\", got \"%.*s\"", text, (int)buf->len, (const char *)buf->data);
}
