#include "core/frame.h"

static bool has_begun(const struct frame *frame)
{
    return frame->quoted || frame->grammar.depth > 0 || frame->complete;
}

bool frame_is_unfinished(const struct frame *frame)
{
    return has_begun(frame) && !frame->complete;
}

/* The byte that no grammar sees: a single quote around the object. */
static bool take_quote(struct frame *frame, unsigned char byte)
{
    if (byte != '\'')
        return false;
    if (!has_begun(frame)) {
        frame->quoted = true;
        frame->grammar.column++;
        return true;
    }
    if (frame->quoted && !frame->complete && grammar_is_complete(&frame->grammar)) {
        frame->complete = true;
        return true;
    }
    return false;
}

static int take_byte(struct frame *frame, unsigned char byte, struct fault *f)
{
    if (take_quote(frame, byte))
        return 0;
    if (grammar_take(&frame->grammar, byte, f) != 0)
        return -1;
    if (!frame->quoted && grammar_is_complete(&frame->grammar))
        frame->complete = true;
    return 0;
}

/* Appends what belongs to the object: neither quotes nor what surrounds it. */
static int keep_text(struct frame *frame, struct span piece, struct fault *f)
{
    while (piece.len > 0 && frame->text.len == 0 && piece.data[0] != '{') {
        piece.data++;
        piece.len--;
    }
    if (buf_append(&frame->text, piece, f) != 0)
        return -1;
    return 0;
}

static void trim_end(struct buf *text)
{
    while (text->len > 0 && text->data[text->len - 1] != '}')
        text->len--;
}

int frame_take(struct frame *frame, struct span piece, struct fault *f)
{
    size_t max = frame->max == 0 ? FRAME_DOCUMENT_MAX : frame->max;
    if (piece.len > max || frame->taken > max - piece.len)
        return fault_set(f, REASON_TOO_LARGE, "", "the document is larger than %zu bytes", max);
    frame->taken += piece.len;
    bool was_complete = frame->complete;
    for (size_t i = 0; i < piece.len; i++)
        if (take_byte(frame, piece.data[i], f) != 0)
            return -1;
    if (was_complete)
        return 0;
    if (keep_text(frame, piece, f) != 0)
        return -1;
    if (frame->complete)
        trim_end(&frame->text);
    return 0;
}

int frame_refuse_unfinished(const struct frame *frame, struct fault *f)
{
    const struct grammar *g = &frame->grammar;
    if (!has_begun(frame))
        return fault_set(f, REASON_MALFORMED_JSON, "", "the document is empty");
    if (frame->quoted && grammar_is_complete(g))
        return fault_set(f, REASON_MALFORMED_JSON, "", "the document ends before its closing single quote");
    return fault_set(f, REASON_MALFORMED_JSON, "", "the document ends too early, at line %zu, column %zu", g->line + 1,
                     g->column);
}

void frame_done(struct frame *frame)
{
    buf_done(&frame->text);
    *frame = (struct frame){.complete = false};
}
