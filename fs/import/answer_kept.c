#include "fs/import/answer_kept.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/fault.h"
#include "core/base/text.h"
#include "core/set/content.h"

void answer_kept_put(const struct cells *cells, size_t index, const struct import_answer *answer)
{
    struct kept_answer kept = {
        .number = answer->number, .time = answer->time, .until = answer->until, .uid = answer->uid, .gid = answer->gid};
    struct span findings = {NULL, 0};
    if (cells->count == 0)
        return;
    if (answer->findings != NULL)
        findings = content_peek(answer->findings);
    memcpy(kept.name, answer->name, sizeof(kept.name));
    memcpy(kept.sentence, answer->sentence, sizeof(kept.sentence));
    if (findings.len > 0 && findings.len <= sizeof(kept.findings)) {
        kept.findings_size = (uint32_t)findings.len;
        memcpy(kept.findings, findings.data, findings.len);
    }
    cells_put(cells, index, &kept);
}

static int answer_kept_restore_findings(const struct kept_answer *kept, struct import_answer *ret, struct fault *f)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    if (kept->findings_size == 0 || kept->findings_size > sizeof(kept->findings))
        return 0;
    if (buf_append(&bytes, (struct span){kept->findings, kept->findings_size}, f) != 0)
        return -1;
    ret->findings = content_new(&bytes);
    return ret->findings == NULL ? fault_no_memory(f) : 0;
}

int answer_kept_restore(const struct cells *cells, size_t index, struct import_answer *ret, struct fault *f)
{
    struct kept_answer kept;
    if (!cells_get(cells, index, &kept))
        return 0;
    ret->number = kept.number;
    ret->time = kept.time;
    ret->until = kept.until;
    ret->uid = kept.uid;
    ret->gid = kept.gid;
    text_copy(kept.name, sizeof(kept.name), ret->name, sizeof(ret->name));
    text_copy(kept.sentence, sizeof(kept.sentence), ret->sentence, sizeof(ret->sentence));
    return answer_kept_restore_findings(&kept, ret, f);
}
