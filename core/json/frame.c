#include "core/json/frame.h"

#include <ctype.h>
#include <string.h>

/* As on AWS's documentation page. A blank matches any white space, or none; the schema may be left out. */
static const char statement_head[] = "call mysql . rds_import_binlog_ssl_material ( '";
enum { HEAD_SCHEMA = sizeof("call ") - 1, HEAD_PROCEDURE = sizeof("call mysql . ") - 1 };

static bool frame_has_begun(const struct frame *frame)
{
    return frame->quoted || frame->head > 0 || frame->grammar.depth > 0 || frame->complete;
}

bool frame_is_unfinished(const struct frame *frame)
{
    return frame->taken > 0 && !frame->complete;
}

/* Counts a byte that is not passed to the grammar, so that lines and columns stay right. */
static void frame_count_byte(struct grammar *g, unsigned char byte)
{
    g->column++;
    if (byte == '\n') {
        g->line++;
        g->column = 0;
    }
}

/* Consumes a single quote around the object, which is not passed to the grammar. */
static bool frame_take_quote(struct frame *frame, unsigned char byte)
{
    if (byte != '\'')
        return false;
    if (!frame_has_begun(frame)) {
        frame->quoted = true;
        return true;
    }
    if (frame->quoted && !frame->closed && grammar_is_complete(&frame->grammar)) {
        frame->closed = true;
        frame->complete = frame->head == 0;
        return true;
    }
    return false;
}

static bool frame_is_in_head(const struct frame *frame, unsigned char byte)
{
    return !frame->quoted && (frame->head > 0 || (!frame_has_begun(frame) && tolower(byte) == 'c'));
}

/* Consumes a byte of the statement, up to the quote that opens the payload. */
static bool frame_take_head(struct frame *frame, unsigned char byte)
{
    if (byte == '`' && frame->head >= HEAD_SCHEMA - 1)
        return true;
    if (statement_head[frame->head] == ' ') {
        if (grammar_is_space(byte))
            return true;
        frame->head++;
    }
    if (frame->head == HEAD_SCHEMA && tolower(byte) == statement_head[HEAD_PROCEDURE])
        frame->head = HEAD_PROCEDURE;
    if (tolower(byte) != statement_head[frame->head])
        return false;
    frame->head++;
    frame->quoted = statement_head[frame->head] == '\0';
    return true;
}

/* Consumes a byte behind the payload of a statement: the parenthesis completes it; then ;, \g or \G may follow. */
static bool frame_take_tail(struct frame *frame, unsigned char byte)
{
    if (frame->complete)
        return strchr(";\\gG", byte) != NULL;
    frame->complete = byte == ')';
    return frame->complete;
}

/* Explains the byte in place of the single quote that opens the payload. */
static const char *frame_missing_quote(unsigned char byte)
{
    if (byte == '"')
        return "single quotes ' stand around the payload, not double ones";
    if (byte == '@')
        return "the payload itself is expected here, not a variable";
    if (byte == 0xE2)
        return "single quotes ' stand around the payload, not typographic ones (a word processor's)";
    if (byte == '_' || tolower(byte) == 'n')
        return "leave out what stands between the parenthesis and the single quote ' (a character set)";
    return "the single quote ' that opens the payload is missing here, between ( and {";
}

/* Names the missing part of the statement. */
static const char *frame_missing_before(const struct frame *frame, unsigned char byte)
{
    static const char no_end[] = "the single quote ' that closes the payload is missing here, after its }";
    if (byte == '\0')
        return "the document is UTF-16; save it as UTF-8";
    if (frame->quoted && grammar_is_complete(&frame->grammar))
        return frame->closed ? "the parenthesis ) that closes the statement is missing here" : no_end;
    if (statement_head[frame->head] == '\'')
        return frame_missing_quote(byte);
    if (frame->head > HEAD_PROCEDURE && statement_head[frame->head] != '(')
        return "only rds_import_binlog_ssl_material is a statement here; others are documents: {\"Action\": "
               "\"NAME\"}";
    if (statement_head[frame->head] == '(')
        return "the parenthesis ( that opens the payload's place is missing here";
    return "a JSON object is expected, or call mysql.rds_import_binlog_ssl_material('...');";
}

static int frame_refuse_here(const struct frame *frame, const char *sentence, struct fault *f)
{
    return fault_set(f, REASON_MALFORMED_JSON, "", "line %zu, column %zu: %s", frame->grammar.line + 1,
                     frame->grammar.column + 1, sentence);
}

static int frame_take_byte(struct frame *frame, unsigned char byte, struct fault *f)
{
    bool in_head = frame_is_in_head(frame, byte);
    if (in_head && !frame_take_head(frame, byte))
        return frame_refuse_here(frame, frame_missing_before(frame, byte), f);
    if (in_head || frame_take_quote(frame, byte) ||
        (frame->head > 0 && frame->closed && frame_take_tail(frame, byte))) {
        frame_count_byte(&frame->grammar, byte);
        return 0;
    }
    if (frame->quoted && !frame->complete && grammar_is_complete(&frame->grammar) && !grammar_is_space(byte))
        return frame_refuse_here(frame, frame_missing_before(frame, byte), f);
    if (frame->complete && !frame->quoted && byte == '\'')
        return frame_refuse_here(frame,
                                 "this single quote has no opening one before the {: add it, or leave this one out", f);
    if (grammar_take(&frame->grammar, byte, f) != 0)
        return -1;
    if (!frame->quoted && grammar_is_complete(&frame->grammar))
        frame->complete = true;
    return 0;
}

/* Appends the bytes of the object, without the quotes and whatever surrounds them. */
static int frame_keep_text(struct frame *frame, struct span piece, struct fault *f)
{
    struct buf *text = &frame->text;
    while (piece.len > 0 && text->len == 0 && piece.data[0] != '{')
        piece = span_from(piece, 1);
    if (buf_append(text, piece, f) != 0)
        return -1;
    while (frame->complete && text->len > 0 && text->data[text->len - 1] != '}')
        text->len--;
    return 0;
}

int frame_take(struct frame *frame, struct span piece, struct fault *f)
{
    size_t max = frame->max == 0 ? FRAME_DOCUMENT_MAX : frame->max;
    if (piece.len > max || frame->taken > max - piece.len)
        return fault_set(f, REASON_TOO_LARGE, "", "the document is larger than %zu bytes", max);
    frame->taken += piece.len;
    bool was_complete = frame->complete;
    for (size_t i = 0; i < piece.len; i++) {
        i += grammar_take_text(&frame->grammar, span_from(piece, i));
        if (i < piece.len && frame_take_byte(frame, piece.data[i], f) != 0)
            return -1;
    }
    return was_complete ? 0 : frame_keep_text(frame, piece, f);
}

/* Reports what is open and where it began; the end of the document does not help to find a missing quote. */
static int frame_refuse_open(const struct grammar *g, struct fault *f)
{
    if (grammar_is_in_text(g))
        return fault_set(f, REASON_MALFORMED_JSON, "",
                         "the document ends too early, inside the text that began at line %zu, column %zu",
                         g->text_line + 1, g->text_column);
    if (g->depth == 0)
        return fault_set(f, REASON_MALFORMED_JSON, "", "the document ends too early: no JSON object has begun");
    return fault_set(f, REASON_MALFORMED_JSON, "",
                     "the document ends too early: %c is missing, of the object that began at line %zu, column %zu",
                     grammar_is_in_array(g) ? ']' : '}', g->object_line + 1, g->object_column);
}

int frame_refuse_unfinished(const struct frame *frame, struct fault *f)
{
    const struct grammar *g = &frame->grammar;
    if (!frame_has_begun(frame))
        return fault_set(f, REASON_MALFORMED_JSON, "",
                         "the document is empty; one request is expected, a JSON document");
    if (frame->closed)
        return fault_set(f, REASON_MALFORMED_JSON, "",
                         "the statement ends before its closing parenthesis: ) is missing after the payload's '");
    if (frame->quoted && grammar_is_complete(g))
        return fault_set(f, REASON_MALFORMED_JSON, "",
                         "the document ends before its closing single quote: ' is missing after its last }");
    return frame_refuse_open(g, f);
}

int frame_take_whole(struct frame *frame, struct span document, struct fault *f)
{
    if (frame_take(frame, document, f) != 0)
        return -1;
    return frame->complete ? 0 : frame_refuse_unfinished(frame, f);
}

void frame_done(struct frame *frame)
{
    buf_done(&frame->text);
    *frame = (struct frame){.complete = false};
}
