/*
 * judging: who parses and judges a document: this process, or another one on its behalf.
 */
#ifndef CERTFS_CORE_ACTION_JUDGING_H
#define CERTFS_CORE_ACTION_JUDGING_H

#include "core/draft/build.h"
#include "core/json/frame.h"
#include "core/request/request.h"

/*
 * The calls that request_execute makes for one document, in this order: parse; judge, for an import that what its name
 * and the policy allow does not refuse; end, always and once, before request_execute returns.
 */
struct judging {
    /* As request_parse; the frame stays the caller's, who wipes it. Faults: those; too_costly, judge_failed. */
    int (*parse)(void *context, struct frame *frame, struct request *ret, struct fault *f);
    /*
     * As build_judge, of the set in the document that was parsed last; `request` is what parse returned of it. Release
     * `ret` either way. Faults: those; too_costly, judge_failed.
     */
    int (*judge)(void *context, const struct request *request, const struct build_served *served, int64_t now,
                 struct build_result *ret, struct fault *f);
    /* The document is done with: nothing of it is left where it was parsed and judged. */
    void (*end)(void *context);
    void *context;
};

/* In this process. */
extern const struct judging judging_here;

#endif
