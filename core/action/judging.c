#include "core/action/judging.h"

#include "core/base/fault.h"

static int judging_parse_here(void *unused, struct frame *frame, struct request *ret, struct fault *f)
{
    (void)unused;
    return request_parse(frame, ret, f);
}

static int judging_judge_here(void *unused, const struct request *request, const struct build_served *served,
                              int64_t now, struct build_result *ret, struct fault *f)
{
    (void)unused;
    return build_judge(&request->set, served, now, ret, f);
}

static void judging_end_here(void *unused)
{
    (void)unused;
}

const struct judging judging_here = {.parse = judging_parse_here, .judge = judging_judge_here, .end = judging_end_here};
