#include "core/about/unicode.h"

#include "core/about/unicode_table.h"
#include "core/base/utf8.h"

enum { RANGE_COUNT = sizeof(unicode_ranges) / sizeof(unicode_ranges[0]) };

int unicode_next(struct span *rest, uint32_t *ret)
{
    struct utf8 utf8 = {.left = 0};
    int left = 1;
    size_t used = 0;
    while (left > 0 && used < rest->len)
        left = utf8_take(&utf8, rest->data[used++]);
    if (left != 0)
        return -1;
    *rest = span_from(*rest, used);
    *ret = utf8.value;
    return 0;
}

bool unicode_is_letter_separator_or_number(uint32_t code_point)
{
    size_t low = 0, high = RANGE_COUNT;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (code_point > unicode_ranges[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    return low < RANGE_COUNT && code_point >= unicode_ranges[low].first;
}
