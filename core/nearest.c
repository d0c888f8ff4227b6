#include "core/nearest.h"

#include <ctype.h>
#include <string.h>

enum { COMPARED_MAX = 64, COST = 4 }; /* an edit costs 4, another case 1 */

static unsigned change_cost(char a, char b)
{
    if (a == b)
        return 0;
    return tolower((unsigned char)a) == tolower((unsigned char)b) ? 1 : COST;
}

static unsigned smallest(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Levenshtein's distance, one row at a time. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[COMPARED_MAX + 1];
    size_t length = strnlen(b, COMPARED_MAX);
    for (unsigned j = 0; j <= length; j++)
        row[j] = j * COST;
    for (unsigned i = 0; i < COMPARED_MAX && a[i] != '\0'; i++) {
        unsigned diagonal = row[0];
        row[0] = (i + 1) * COST;
        for (size_t j = 0; j < length; j++) {
            unsigned above = row[j + 1];
            row[j + 1] = smallest(above + COST, row[j] + COST, diagonal + change_cost(a[i], b[j]));
            diagonal = above;
        }
    }
    return row[length];
}

size_t nearest_find(const char *written, const char *(*name_at)(const void *names, size_t index), const void *names,
                    size_t count)
{
    size_t best = 0;
    unsigned best_distance = distance(written, name_at(names, 0));
    for (size_t i = 1; i < count; i++) {
        unsigned d = distance(written, name_at(names, i));
        if (d < best_distance) {
            best = i;
            best_distance = d;
        }
    }
    return best;
}
