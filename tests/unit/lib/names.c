#include "tests/unit/lib/names.h"

#include <string.h>

#include "tests/unit/lib/harness.h"

void names_make(size_t index, char ret[static NAMES_SIZE])
{
    static const size_t lengths[NAMES_COUNT] = {1, 64, 112, 128, 200, 255};
    memset(ret, 'z', lengths[index]);
    ret[lengths[index]] = '\0';
}

bool names_is_whole_in(const char *text, const char *name)
{
    size_t length = strlen(name), run = 0, whole = 0;
    for (const char *c = text;; c++) {
        if (*c == 'z') {
            run++;
            continue;
        }
        if (run != 0 && run != length)
            fail_msg("%zu of %zu characters: %s", run, length, text);
        whole += run != 0;
        run = 0;
        if (*c == '\0')
            return whole > 0;
    }
}

void names_expect_in(const char *text, const char *name)
{
    if (!names_is_whole_in(text, name))
        fail_msg("the name of %zu characters is not in: %s", strlen(name), text);
}
