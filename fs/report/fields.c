#include "fs/report/fields.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { BYTE_SIZE = 5 }; /* \x0A and its NUL */

/* Appends the text if that leaves room for `reserve` bytes, else returns false. */
static bool fields_put(struct fields *fields, const char *text, size_t reserve)
{
    size_t length = strlen(text);
    if (fields->length + length + reserve >= sizeof(fields->line))
        return false;
    memcpy(fields->line + fields->length, text, length + 1);
    fields->length += length;
    return true;
}

static bool fields_is_plain(const char *value)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/+-";
    return value[0] != '\0' && strcmp(value, "-") != 0 && strspn(value, plain) == strlen(value);
}

static void fields_write_byte(unsigned char byte, char ret[static BYTE_SIZE])
{
    if (byte < ' ' || byte > '~')
        snprintf(ret, BYTE_SIZE, "\\x%02X", byte);
    else
        snprintf(ret, BYTE_SIZE, "%s%c", byte == '"' || byte == '\\' ? "\\" : "", byte);
}

static void fields_put_quoted(struct fields *fields, const char *value)
{
    char piece[BYTE_SIZE];
    if (!fields_put(fields, "\"", 1))
        return;
    for (const char *c = value; *c != '\0'; c++) {
        fields_write_byte((unsigned char)*c, piece);
        if (!fields_put(fields, piece, 1))
            break;
    }
    (void)fields_put(fields, "\"", 0);
}

static bool fields_put_key(struct fields *fields, const char *key)
{
    size_t before = fields->length;
    if ((before == 0 || fields_put(fields, " ", 0)) && fields_put(fields, key, 0) && fields_put(fields, "=", 2))
        return true;
    fields->line[before] = '\0';
    fields->length = before;
    return false;
}

void fields_add(struct fields *fields, const char *key, const char *value)
{
    if (!fields_put_key(fields, key))
        return;
    if (value == NULL)
        (void)fields_put(fields, "-", 0);
    else if (!fields_is_plain(value) || !fields_put(fields, value, 0))
        fields_put_quoted(fields, value);
}

void fields_add_number(struct fields *fields, const char *key, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRIu64, value);
    fields_add(fields, key, text);
}

void fields_add_time(struct fields *fields, const char *key, int64_t value)
{
    char text[32];
    struct tm parts;
    time_t seconds = (time_t)value;
    bool written = gmtime_r(&seconds, &parts) != NULL && strftime(text, sizeof(text), "%FT%TZ", &parts) > 0;
    fields_add(fields, key, written ? text : NULL);
}
