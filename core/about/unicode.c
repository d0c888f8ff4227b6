#include "core/about/unicode.h"

#include "core/about/unicode_table.h"

enum {
    RANGE_COUNT = sizeof(unicode_ranges) / sizeof(unicode_ranges[0]),
    LAST_CODE_POINT = 0x10FFFF,
    FIRST_SURROGATE = 0xD800,
    LAST_SURROGATE = 0xDFFF,
};

/* One form of UTF-8: the bits of the first byte that mark it, and the smallest character that needs it. */
struct form {
    unsigned char mask;
    unsigned char mark;
    unsigned char length;
    uint32_t smallest;
};

static const struct form forms[] = {
    {0x80, 0x00, 1, 0},
    {0xE0, 0xC0, 2, 0x80},
    {0xF0, 0xE0, 3, 0x800},
    {0xF8, 0xF0, 4, 0x10000},
};

static const struct form *find_form(unsigned char first)
{
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
        if ((first & forms[i].mask) == forms[i].mark)
            return &forms[i];
    return NULL;
}

int unicode_next(struct span *rest, uint32_t *ret)
{
    const struct form *form = rest->len > 0 ? find_form(rest->data[0]) : NULL;
    if (form == NULL || rest->len < form->length)
        return -1;
    uint32_t value = rest->data[0] & (unsigned char)~form->mask;
    for (size_t i = 1; i < form->length; i++) {
        if ((rest->data[i] & 0xC0) != 0x80)
            return -1;
        value = value << 6 | (rest->data[i] & 0x3F);
    }
    bool surrogate = value >= FIRST_SURROGATE && value <= LAST_SURROGATE;
    if (value < form->smallest || value > LAST_CODE_POINT || surrogate)
        return -1;
    *rest = (struct span){rest->data + form->length, rest->len - form->length};
    *ret = value;
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
