#include "core/about/cert_info.h"

#include <string.h>

bool cert_info_is_sha256(const char *text)
{
    return strlen(text) == CERT_INFO_HEX_SIZE - 1 && strspn(text, "0123456789abcdef") == CERT_INFO_HEX_SIZE - 1;
}
