#include "core/pem/prose.h"

#include <string.h>

#include "core/pem/body.h"
#include "core/pem/separator.h"

static const char begin_mark[] = "-----BEGIN ";
static const char end_mark[] = "-----END ";
static const char dashes[] = "-----";

enum { LABEL_MAX = 128 /* search limit for a label and its dashes */ };

/* ---- comments ---- */

static size_t prose_comment_mark(struct span text)
{
    if (text.len > 0 && (text.data[0] == '#' || text.data[0] == ';'))
        return 1;
    return span_starts_with(text, "//") ? 2 : 0;
}

static bool prose_is_comment(struct span line)
{
    return prose_comment_mark(separator_skip_blanks(line)) > 0;
}

static bool prose_is_comment_marks_only(struct span text)
{
    size_t length;
    for (text = separator_skip_blanks(text); (length = prose_comment_mark(text)) > 0;)
        text = separator_skip_blanks(span_from(text, length));
    return text.len == 0;
}

/* ---- lines ---- */

/* Returns the offset after the END of a block that begins here and ends in the same line; 0 if there is none. */
static size_t prose_folded_block(struct span line)
{
    size_t end = span_find(line, end_mark);
    if (end == line.len)
        return 0;
    end += strlen(end_mark);
    size_t close = span_find(span_from(line, end), dashes);
    return end + close == line.len ? 0 : end + close + strlen(dashes);
}

/* True if this BEGIN starts a block: a body follows its label. */
static bool prose_begins_block(struct span text)
{
    struct span label = span_from(text, strlen(begin_mark));
    label.len = label.len < LABEL_MAX ? label.len : LABEL_MAX;
    size_t close = span_find(label, dashes);
    return close < label.len && body_begins(span_from(text, strlen(begin_mark) + close + strlen(dashes)));
}

/* True if this BEGIN, the first in its line, is one of a block. */
static bool prose_is_first_begin(struct span text, size_t length)
{
    return !boundary_is_heading((struct span){text.data, length}, span_from(text, length));
}

/* Reads the line of `length` bytes at the start of the text, up to the BEGIN of a block or to its end. */
static enum damage prose_read_line(struct span text, size_t length, size_t *ret_length)
{
    size_t start = 0, at = 0; /* of the part not known to be prose; of the search for the next BEGIN */
    for (;;) {
        struct span line = {text.data + start, length - start};
        size_t mark = at + span_find((struct span){text.data + at, length - at}, begin_mark);
        struct span before = {line.data, mark - start};
        if (mark == length)
            break;
        if (prose_is_comment(line) && prose_is_comment_marks_only(before)) {
            size_t block = prose_folded_block((struct span){text.data + mark, length - mark});
            if (block == 0)
                break;
            start = at = mark + block;
        } else if (separator_skip_blanks(before).len == 0 ? prose_is_first_begin(span_from(text, mark), length - mark)
                                                          : prose_begins_block(span_from(text, mark))) {
            *ret_length = mark;
            return prose_is_comment(line) ? DAMAGE_NONE : boundary_damage(before, (struct span){NULL, 0});
        } else {
            at = mark + strlen(begin_mark);
        }
    }
    struct span rest = {text.data + start, length - start};
    *ret_length = length;
    return prose_is_comment(rest) ? DAMAGE_NONE : boundary_damage(rest, span_from(text, length));
}

/* Caches the end of the line, since one line can hold thousands of blocks. */
static size_t prose_line_length(struct span text, const unsigned char **line_end)
{
    if (*line_end == NULL || *line_end < text.data)
        *line_end = text.data + separator_line(text).len;
    return (size_t)(*line_end - text.data);
}

enum damage prose_read(struct span text, const unsigned char **line_end, size_t *ret_length)
{
    size_t at = 0;
    while (at < text.len) {
        size_t length, skipped;
        struct span rest = span_from(text, at);
        size_t line = prose_line_length(rest, line_end);
        enum damage damage = prose_read_line(rest, line, &length);
        *ret_length = damage != DAMAGE_NONE ? at : at + length;
        if (damage != DAMAGE_NONE || length < line)
            return damage;
        at += length;
        if (separator_at(span_from(text, at), &skipped) != NO_SEPARATOR)
            at += skipped;
        else if (at < text.len)
            return DAMAGE_NONE;
    }
    *ret_length = text.len;
    return DAMAGE_NONE;
}
