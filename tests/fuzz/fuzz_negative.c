/* negative: not a test of certfs but of the tools. It reads one byte too far behind a complete document: found, or
 * the other targets prove nothing. */
#include "tests/fuzz/oracle.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame frame = {0};
    if (oracle_frame((struct span){data, size}, &frame)) {
        unsigned char *copy = malloc(frame.text.len);
        oracle_require(copy != NULL, "there is memory");
        memcpy(copy, frame.text.data, frame.text.len);
        volatile unsigned char beyond = copy[frame.text.len];
        (void)beyond;
        free(copy);
    }
    frame_done(&frame);
    return 0;
}
