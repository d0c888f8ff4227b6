/*
 * utf8: decodes UTF-8 byte by byte (RFC 3629).
 */
#ifndef CERTFS_CORE_BASE_UTF8_H
#define CERTFS_CORE_BASE_UTF8_H

#include <stdint.h>

/* All zero is between two characters. */
struct utf8 {
    uint32_t value;          /* of the character so far; complete when left is 0 */
    unsigned left;           /* continuation bytes that are still missing */
    unsigned char low, high; /* range of the next one */
};

/*
 * Takes the next byte. Returns how many more bytes the character needs, or -1 if the bytes are not UTF-8: overlong
 * forms, surrogates and characters past U+10FFFF are refused at the first byte that shows it. After -1 the state is
 * undefined.
 */
int utf8_take(struct utf8 *utf8, unsigned char byte);

#endif
