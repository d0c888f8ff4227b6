#include "tests/unit/lib/status_fixture.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fs/host/channel.h"
#include "fs/report/metrics.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/pki.h"

struct status_source source;
struct problems problems = PROBLEMS_INITIALIZER;

static int ends[2]; /* of the line to the log */

static int64_t at_pki_now(void)
{
    return PKI_NOW;
}

void write_metrics(struct buf *ret)
{
    struct fault f = {0};
    law_expect(metrics_write(&source, ret, &f), &f, REASON_NONE);
    add_bytes(ret, (struct span){(const unsigned char *)"", 1});
}

void expect_line(const struct buf *text, const char *line)
{
    char whole[512];
    snprintf(whole, sizeof(whole), "\n%s\n", line);
    if (strstr((const char *)text->data, whole) == NULL)
        fail_msg("no \"%s\" in %s", line, (const char *)text->data);
}

void source_new_audit(void)
{
    struct fault f = {0};
    assert_int_equal(audit_new(ends[1], &source.audit, &f), 0);
}

void source_setup(void)
{
    struct fault f = {0};
    problems = (struct problems)PROBLEMS_INITIALIZER;
    source = (struct status_source){.store = "none", .problems = &problems, .clock = at_pki_now};
    assert_int_equal(channel_open(&ends[0], &ends[1], &f), 0);
    assert_int_equal(registry_new(&source.registry, &f), 0);
    assert_false(journal_new(&source.journal, &f) != 0);
    source_new_audit();
}

void source_teardown(void)
{
    audit_freep(&source.audit);
    journal_freep(&source.journal);
    registry_freep(&source.registry);
    close(ends[0]);
    close(ends[1]);
}
