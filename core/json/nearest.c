#include "core/json/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { COMPARED_MAX = 64 };

/* Copies the name in lower case, without separators. */
static size_t nearest_plain(const char *name, char ret[COMPARED_MAX + 1])
{
    size_t length = 0;
    for (; *name != '\0' && length < COMPARED_MAX; name++)
        if (*name != '_' && *name != '-' && *name != '.' && *name != ' ')
            ret[length++] = (char)tolower((unsigned char)*name);
    ret[length] = '\0';
    return length;
}

static unsigned nearest_smallest(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Levenshtein distance, one row at a time. */
static unsigned nearest_distance(const char *a, const char *b)
{
    unsigned row[COMPARED_MAX + 1];
    size_t length = strlen(b);
    for (unsigned j = 0; j <= length; j++)
        row[j] = j;
    for (unsigned i = 0; a[i] != '\0'; i++) {
        unsigned diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < length; j++) {
            unsigned above = row[j + 1];
            row[j + 1] = nearest_smallest(above + 1, row[j] + 1, diagonal + (a[i] != b[j] ? 1 : 0));
            diagonal = above;
        }
    }
    return row[length];
}

enum { SAME = 0, WITHIN = 1, CHANGED = 2, FAR = 1000 };

/*
 * Ranks a name by its distance from the written one; FAR if they are unrelated. A known name inside the written one is
 * better than an edit (ssl_cacert means ssl_ca, not ssl_cert), and so is a written one that is the larger part or the
 * end of a known one (key means ssl_key). The longest match wins.
 */
static unsigned nearest_rank(const char *written, size_t written_length, const char *name)
{
    char known[COMPARED_MAX + 1];
    size_t length = nearest_plain(name, known);
    if (strcmp(written, known) == 0)
        return SAME;
    if (length >= 4 && strstr(written, known) != NULL)
        return WITHIN + (unsigned)(COMPARED_MAX - length);
    bool end = length > written_length && strcmp(known + length - written_length, written) == 0;
    bool part = written_length * 2 >= length && strstr(known, written) != NULL;
    if (written_length >= 2 && (end || part))
        return WITHIN + (unsigned)length;
    unsigned changes = nearest_distance(written, known);
    size_t longer = length > written_length ? length : written_length;
    return changes * 3 <= longer ? (CHANGED + changes) * COMPARED_MAX : FAR;
}

size_t nearest_find(const char *written, nearest_name_at *name_at, const void *names, size_t count)
{
    char text[COMPARED_MAX + 1];
    size_t length = nearest_plain(written, text), best = count;
    unsigned best_rank = FAR;
    for (size_t i = 0; i < count; i++) {
        const char *name = name_at(names, i);
        unsigned r = name == NULL ? FAR : nearest_rank(text, length, name);
        if (r < best_rank) {
            best = i;
            best_rank = r;
        }
    }
    return best;
}

void nearest_list(nearest_name_at *name_at, const void *names, size_t count, char *ret, size_t size)
{
    static const char more[] = ", and more";
    size_t used = 0;
    ret[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const char *name = name_at(names, i);
        if (name == NULL)
            continue;
        size_t need = strlen(name) + (used > 0 ? 2 : 0);
        if (used + need + sizeof(more) > size) {
            snprintf(ret + used, size - used, "%s", more);
            return;
        }
        used += (size_t)snprintf(ret + used, size - used, "%s%s", used > 0 ? ", " : "", name);
    }
}
