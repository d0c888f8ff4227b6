#include "tests/unit/lib/frame_pieces.h"

#include "tests/unit/lib/harness.h"

const char frame_pieces_secret[] = "MIIEpAIBAAKCAQEAsecretsecret";

int frame_pieces_take(struct frame *frame, const char *piece, struct fault *f)
{
    int result = frame_take(frame, span_of(piece), f);
    law_check(result, f, span_of(frame_pieces_secret));
    return result;
}

void frame_pieces_expect(const char *const *pieces, const char *text)
{
    struct frame frame = {0};
    struct fault f = {0};
    for (; *pieces != NULL; pieces++)
        assert_int_equal(frame_pieces_take(&frame, *pieces, &f), 0);
    assert_true(frame.complete);
    assert_false(frame_is_unfinished(&frame));
    expect_text(&frame.text, text);
    frame_done(&frame);
}
