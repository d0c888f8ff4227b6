#include "core/base/utf8.h"

#include <stddef.h>

/* RFC 3629, section 4: the range of the second byte rules out overlong forms, surrogates and larger characters. */
static const struct utf8_lead {
    unsigned char first, last; /* of the leading byte */
    unsigned char left, low, high;
} utf8_leads[] = {
    {0x00, 0x7F, 0, 0, 0},       {0xC2, 0xDF, 1, 0x80, 0xBF}, {0xE0, 0xE0, 2, 0xA0, 0xBF},
    {0xE1, 0xEC, 2, 0x80, 0xBF}, {0xED, 0xED, 2, 0x80, 0x9F}, {0xEE, 0xEF, 2, 0x80, 0xBF},
    {0xF0, 0xF0, 3, 0x90, 0xBF}, {0xF1, 0xF3, 3, 0x80, 0xBF}, {0xF4, 0xF4, 3, 0x80, 0x8F},
};

static int utf8_take_lead(struct utf8 *utf8, unsigned char byte)
{
    for (size_t i = 0; i < sizeof(utf8_leads) / sizeof(utf8_leads[0]); i++) {
        const struct utf8_lead *lead = &utf8_leads[i];
        if (byte < lead->first || byte > lead->last)
            continue;
        uint32_t bits = lead->left == 0 ? byte : byte & (0x3FU >> lead->left);
        *utf8 = (struct utf8){bits, lead->left, lead->low, lead->high};
        return lead->left;
    }
    return -1;
}

int utf8_take(struct utf8 *utf8, unsigned char byte)
{
    if (utf8->left == 0)
        return utf8_take_lead(utf8, byte);
    if (byte < utf8->low || byte > utf8->high)
        return -1;
    *utf8 = (struct utf8){utf8->value << 6 | (byte & 0x3FU), utf8->left - 1, 0x80, 0xBF};
    return (int)utf8->left;
}
