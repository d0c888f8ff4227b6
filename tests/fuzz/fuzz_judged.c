/* judged: the part of a record with the findings about its set. Nothing that is read runs past its buffer. */
#include "tests/fuzz/oracle.h"

#include <string.h>

#include "core/set/judged.h"

static void expect_text(const char *text, size_t size)
{
    oracle_require(memchr(text, '\0', size) != NULL, "a text has its end");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(judged_done) struct judged_read judged = {.for_server = false};
    if (!judged_parse((struct span){data, size}, &judged))
        return 0;
    oracle_require(judged.lifetimes.count > 0, "a set has an end");
    oracle_require(judged.findings.warning_count <= FINDINGS_WARNINGS_MAX, "there are as many warnings as have room");
    for (size_t i = 0; i < judged.lifetimes.count; i++)
        expect_text(judged.lifetimes.list[i].place, sizeof(judged.lifetimes.list[i].place));
    for (size_t i = 0; i < judged.findings.warning_count; i++)
        expect_text(judged.findings.warnings[i].message, sizeof(judged.findings.warnings[i].message));
    expect_text(judged.facts.subject, sizeof(judged.facts.subject));
    lifetimes_review(&judged.lifetimes, 0, judged.facts.not_after, &judged.findings);
    return 0;
}
