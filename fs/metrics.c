#include "fs/metrics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 2, 3))) static int add(struct buf *ret, const char *format, ...)
{
    char line[256];
    struct fault f = {.reason = REASON_NONE};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    return buf_append_text(ret, line, &f);
}

static int add_head(struct buf *ret, const char *name, const char *type, const char *help)
{
    return add(ret, "# HELP certfs_%s %s\n# TYPE certfs_%s %s\n", name, help, name, type);
}

static int add_certificate(struct buf *ret, const struct generation *current)
{
    if (current == NULL)
        return 0;
    const struct facts *facts = material_facts(current->material);
    int failed =
        add_head(ret, "certificate_not_after_timestamp_seconds", "gauge", "When the set's certificate expires.");
    failed |= add(ret, "certfs_certificate_not_after_timestamp_seconds{set=\"/\"} %" PRId64 "\n", facts->not_after);
    failed |= add_head(ret, "certificate_info", "gauge", "The certificate that a set serves, by its SHA-256.");
    failed |= add(ret, "certfs_certificate_info{set=\"/\",sha256=\"%s\"} 1\n", facts->sha256);
    failed |= add_head(ret, "last_change_timestamp_seconds", "gauge", "When the served set was committed.");
    failed |= add(ret, "certfs_last_change_timestamp_seconds{set=\"/\"} %" PRId64 "\n", current->committed);
    return failed;
}

static int add_requests(struct buf *ret, struct journal *journal)
{
    int failed = add_head(ret, "requests_total", "counter", "Requests by result and reason.");
    failed |=
        add(ret, "certfs_requests_total{result=\"ok\",reason=\"\"} %" PRIu64 "\n", journal_count(journal, REASON_NONE));
    for (enum reason reason = REASON_NONE + 1; reason < REASON_COUNT; reason++)
        failed |= add(ret, "certfs_requests_total{result=\"refused\",reason=\"%s\"} %" PRIu64 "\n", reason_name(reason),
                      journal_count(journal, reason));
    return failed;
}

static int add_readers(struct buf *ret, const struct status_source *source, const struct generation *current)
{
    struct audit_reader readers[AUDIT_READERS_MAX];
    size_t count = audit_readers(source->audit, readers), behind = 0;
    for (size_t i = 0; i < count; i++)
        behind += current == NULL || readers[i].generation != current->number;
    int failed = add_head(ret, "key_opens_total", "counter", "How many times a key.pem was opened.");
    failed |= add(ret, "certfs_key_opens_total %" PRIu64 "\n", audit_opens(source->audit));
    failed |= add_head(ret, "readers", "gauge", "Living processes that read a key.");
    failed |= add(ret, "certfs_readers %zu\n", count);
    failed |= add_head(ret, "readers_behind", "gauge", "Those of them that hold another generation than the current.");
    failed |= add(ret, "certfs_readers_behind %zu\n", behind);
    return failed;
}

static int add_gauges(struct buf *ret, const struct status_source *source)
{
    int failed = add_head(ret, "generation", "gauge", "The newest generation's number.");
    failed |= add(ret, "certfs_generation %" PRIu64 "\n", vault_number(source->vault));
    failed |= add_head(ret, "worker_restarts_total", "counter", "How many times the worker was replaced.");
    failed |= add(ret, "certfs_worker_restarts_total 0\n");
    failed |= add_head(ret, "problems", "gauge", "How many problems status lists.");
    failed |= add(ret, "certfs_problems %zu\n", source->problems->count + source->problems->unlisted);
    return failed;
}

int metrics_write(const struct status_source *source, struct buf *ret, struct fault *f)
{
    CLEANUP(generation_unrefp) struct generation *current = vault_current(source->vault, "");
    int failed = add_gauges(ret, source);
    failed |= add_certificate(ret, current);
    failed |= add_requests(ret, source->journal);
    failed |= add_readers(ret, source, current);
    return failed == 0 ? 0 : fault_no_memory(f);
}
