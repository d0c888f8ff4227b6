#include "core/base/text.h"

#include <ctype.h>
#include <string.h>

void text_cut(char *ret, size_t size)
{
    size_t length = strlen(ret), keep = size - 4;
    if (length + 1 < size)
        return;
    /* An escape is a backslash and one character or two hexadecimal digits. */
    if (keep >= 2 && ret[keep - 2] == '\\' && isxdigit((unsigned char)ret[keep - 1]) &&
        isxdigit((unsigned char)ret[keep]))
        keep -= 2;
    else if (keep >= 1 && ret[keep - 1] == '\\')
        keep -= 1;
    memcpy(ret + keep, "...", 4);
}

void text_fit(const char *text, char *ret, size_t size)
{
    size_t length = strnlen(text, size);
    memcpy(ret, text, length < size ? length + 1 : size);
    ret[size - 1] = '\0';
    if (length == size)
        text_cut(ret, size);
}

void text_copy(const char *text, size_t limit, char *ret, size_t size)
{
    size_t length = strnlen(text, limit < size ? limit : size - 1);
    memcpy(ret, text, length);
    ret[length] = '\0';
}

const char *text_whole(const char *name, size_t limit, const char *otherwise)
{
    return strlen(name) <= limit ? name : otherwise;
}

void text_make_printable(char *text)
{
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~')
            *text = '?';
}
