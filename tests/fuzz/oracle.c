#include "tests/fuzz/oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/json/json.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    oracle_require(memory_init() == 0, "OpenSSL takes our allocator");
    json_init();
    return 0;
}

void oracle_fail(const char *what)
{
    fprintf(stderr, "does not hold: %s\n", what);
    abort();
}

static bool is_printable(const char *text, size_t size)
{
    size_t length = strnlen(text, size);
    for (size_t i = 0; i < length; i++)
        if (text[i] < ' ' || text[i] > '~')
            return false;
    return length < size;
}

bool oracle_law(int result, const struct fault *f)
{
    oracle_require(result == 0 || result == -1, "the result is 0 or -1");
    oracle_require((result == 0) == (f->reason == REASON_NONE), "there is a fault exactly when the result is -1");
    oracle_require(f->reason < REASON_COUNT, "the reason is a known one");
    oracle_require(is_printable(f->message, sizeof(f->message)), "the message can be printed");
    oracle_require(is_printable(f->field, sizeof(f->field)), "the field can be printed");
    oracle_require(result == 0 || f->message[0] != '\0', "a fault has a message");
    return result == 0;
}

bool oracle_frame(struct span text, struct frame *ret)
{
    struct fault f = {0};
    return oracle_law(frame_take(ret, text, &f), &f) && ret->complete;
}

void oracle_append(struct buf *buf, struct span bytes)
{
    struct fault f = {0};
    oracle_require(buf_append(buf, bytes, &f) == 0, "there is room for what the target itself writes");
}

void oracle_append_text(struct buf *buf, const char *text)
{
    oracle_append(buf, span_of(text));
}
