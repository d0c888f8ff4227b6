#include "core/json/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { COMPARED_MAX = 64, SAME = 0, WITHIN = 1, CHANGED = 2, FAR = 10000 };

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

/* Levenshtein's distance, two neighbours that changed places being one edit: the last three rows of its table. */
static unsigned nearest_distance(const char *a, const char *b)
{
    unsigned rows[3][COMPARED_MAX + 1];
    size_t length = strlen(b), i = 0;
    for (unsigned j = 0; j <= length; j++)
        rows[0][j] = j;
    for (; a[i] != '\0'; i++) {
        const unsigned *above = rows[i % 3], *before = rows[(i + 2) % 3];
        unsigned *row = rows[(i + 1) % 3];
        row[0] = (unsigned)i + 1;
        for (size_t j = 0; j < length; j++) {
            row[j + 1] = nearest_smallest(above[j + 1] + 1, row[j] + 1, above[j] + (a[i] != b[j] ? 1 : 0));
            if (i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j])
                row[j + 1] = nearest_smallest(row[j + 1], before[j - 1] + 1, row[j + 1]);
        }
    }
    return rows[i % 3][length];
}

/* The edits between two words, if it is one, or a third of what comes after their common beginning; or FAR. */
static unsigned nearest_edits(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    size_t left = strlen(a), right = strlen(b), longer = left > right ? left : right;
    while (left > 0 && right > 0 && a[left - 1] == b[right - 1]) {
        left--;
        right--;
    }
    if (left == 0 || right == 0) /* one has a piece that the other lacks, which may be longer */
        return (left + right) * 2 <= longer ? (unsigned)(left + right) : FAR;
    unsigned edits = nearest_distance(a, b);
    return edits * 3 <= longer || (edits == 1 && longer > 1) ? edits : FAR;
}

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
    bool end = written_length * 3 >= length && length > written_length &&
               strcmp(known + length - written_length, written) == 0;
    bool part = written_length * 2 >= length && strstr(known, written) != NULL;
    if (written_length >= 2 && (end || part))
        return WITHIN + (unsigned)length;
    unsigned edits = nearest_edits(written, known);
    return edits == FAR ? FAR : (CHANGED + edits) * COMPARED_MAX;
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
