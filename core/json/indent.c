#include "core/json/indent.h"

#include <string.h>

static int indent_break_line(struct buf *ret, size_t level, struct fault *f)
{
    int result = buf_append_text(ret, "\n", f);
    for (size_t i = 0; i < level && result == 0; i++)
        result = buf_append_text(ret, "  ", f);
    return result;
}

/* Returns the length of the next token: a string with its quotes, or any other single byte. */
static size_t indent_measure_piece(struct span text)
{
    if (text.data[0] != '"')
        return 1;
    size_t length = 1;
    while (length < text.len && text.data[length] != '"')
        length += text.data[length] == '\\' ? 2 : 1;
    return length < text.len ? length + 1 : text.len;
}

static bool indent_is_one_of(struct span text, size_t at, const char *bytes)
{
    return at < text.len && strchr(bytes, text.data[at]) != NULL && text.data[at] != '\0';
}

/* Appends one token and the line breaks around it. */
static int indent_lay_out(struct span text, size_t length, size_t *level, struct buf *ret, struct fault *f)
{
    bool opens = indent_is_one_of(text, 0, "{["), closes = indent_is_one_of(text, 0, "}]");
    bool empty = indent_is_one_of(text, 1, "}]");
    if (closes && *level > 0 && indent_break_line(ret, --*level, f) != 0)
        return -1;
    if (buf_append(ret, (struct span){text.data, length}, f) != 0)
        return -1;
    if (indent_is_one_of(text, 0, ":"))
        return buf_append_text(ret, " ", f);
    if (opens && empty)
        return buf_append(ret, (struct span){text.data + 1, 1}, f);
    if (opens)
        ++*level;
    return opens || indent_is_one_of(text, 0, ",") ? indent_break_line(ret, *level, f) : 0;
}

int indent_json(struct span compact, struct buf *ret, struct fault *f)
{
    size_t level = 0;
    while (compact.len > 0) {
        size_t length = indent_measure_piece(compact);
        bool pair = indent_is_one_of(compact, 0, "{[") && indent_is_one_of(compact, 1, "}]");
        if (indent_lay_out(compact, length, &level, ret, f) != 0)
            return -1;
        length += pair ? 1 : 0;
        compact = (struct span){compact.data + length, compact.len - length};
    }
    return 0;
}
