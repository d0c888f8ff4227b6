#include "core/draft/restore.h"

#include "core/base/buf.h"
#include "core/draft/build.h"
#include "core/json/frame.h"
#include "core/request/request.h"

int restore_record(struct span record, bool previous, int64_t now, struct material **ret, struct fault *f)
{
    CLEANUP(frame_done) struct frame frame = {.max = BUF_MAX}; /* two sets in one document */
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    if (frame_take_whole(&frame, record, f) != 0 || request_parse(&frame, &request, f) != 0)
        return -1;
    return material_restore(previous ? &request.record.previous : &request.set, now, ret, f);
}
