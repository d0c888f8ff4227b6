#include "fs/report/metrics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/base/buf.h"
#include "core/registry/registry.h"
#include "core/set/generation.h"
#include "core/set/material.h"
#include "fs/report/audit.h"
#include "fs/report/journal.h"
#include "fs/report/problems.h"
#include "fs/report/readers.h"
#include "fs/takeover/cells.h"
#include "fs/takeover/ends.h"

__attribute__((format(printf, 2, 3))) static int metrics_append(struct buf *ret, const char *format, ...)
{
    char line[512]; /* an identifier has up to 255 characters */
    struct fault f = {.reason = REASON_NONE};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    return buf_append_text(ret, line, &f);
}

static int metrics_add_head(struct buf *ret, const char *name, const char *type, const char *help)
{
    return metrics_append(ret, "# HELP certfs_%s %s\n# TYPE certfs_%s %s\n", name, help, name, type);
}

/* A gauge with one line for each set. */
struct gauge {
    const char *name;
    const char *help;
    int (*add)(struct buf *ret, const char *name, const char *set, const struct generation *current, int64_t now);
};

static int metrics_add_not_after(struct buf *ret, const char *name, const char *set, const struct generation *current,
                                 int64_t now)
{
    (void)now;
    return metrics_append(ret, "certfs_%s{set=\"%s\"} %" PRId64 "\n", name, set,
                          material_facts(current->material)->not_after);
}

static int metrics_add_info(struct buf *ret, const char *name, const char *set, const struct generation *current,
                            int64_t now)
{
    (void)now;
    return metrics_append(ret, "certfs_%s{set=\"%s\",sha256=\"%s\"} 1\n", name, set,
                          material_facts(current->material)->sha256);
}

static int metrics_add_last_change(struct buf *ret, const char *name, const char *set, const struct generation *current,
                                   int64_t now)
{
    (void)now;
    return metrics_append(ret, "certfs_%s{set=\"%s\"} %" PRId64 "\n", name, set, current->committed);
}

static int metrics_add_valid_until(struct buf *ret, const char *name, const char *set, const struct generation *current,
                                   int64_t now)
{
    return metrics_append(ret, "certfs_%s{set=\"%s\"} %" PRId64 "\n", name, set,
                          material_end(current->material, now).until);
}

static const struct gauge gauges[] = {
    {"set_valid_until_timestamp_seconds", "When the first certificate that the set needs expires.",
     metrics_add_valid_until},
    {"certificate_not_after_timestamp_seconds", "When the set's certificate expires.", metrics_add_not_after},
    {"certificate_info", "The certificate that a set serves, by its SHA-256.", metrics_add_info},
    {"last_change_timestamp_seconds", "When the served set was committed.", metrics_add_last_change},
};

static int metrics_add_gauge(struct buf *ret, struct registry *registry, const struct gauge *gauge, int64_t now)
{
    CLEANUP(generation_unrefp) struct generation *root = registry_current(registry, "");
    if (root == NULL && registry_count(registry) == 0)
        return 0;
    int failed = metrics_add_head(ret, gauge->name, "gauge", gauge->help);
    if (root != NULL)
        failed |= gauge->add(ret, gauge->name, "/", root, now);
    struct generation *named;
    for (uint64_t set = 0; failed == 0 && (named = registry_next(registry, set)) != NULL; generation_unref(named)) {
        set = named->resource->set;
        failed |= gauge->add(ret, gauge->name, named->resource->identifier, named, now);
    }
    return failed;
}

static int metrics_add_certificates(struct buf *ret, struct registry *registry, int64_t now)
{
    int failed = 0;
    for (size_t i = 0; i < sizeof(gauges) / sizeof(gauges[0]); i++)
        failed |= metrics_add_gauge(ret, registry, &gauges[i], now);
    return failed;
}

static int metrics_add_requests(struct buf *ret, struct journal *journal)
{
    int failed = metrics_add_head(ret, "requests_total", "counter", "Requests by result and reason.");
    failed |= metrics_append(ret, "certfs_requests_total{result=\"ok\",reason=\"\"} %" PRIu64 "\n",
                             journal_count(journal, REASON_NONE));
    for (enum reason reason = REASON_NONE + 1; reason < REASON_COUNT; reason++)
        failed |= metrics_append(ret, "certfs_requests_total{result=\"refused\",reason=\"%s\"} %" PRIu64 "\n",
                                 reason_name(reason), journal_count(journal, reason));
    return failed;
}

static bool metrics_is_behind(const struct status_source *source, const struct audit_reader *reader)
{
    CLEANUP(generation_unrefp)
    struct generation *current = registry_current_of(source->registry, reader->resource->set);
    return current == NULL || reader->generation != current->number;
}

static int metrics_add_readers(struct buf *ret, const struct status_source *source)
{
    static struct audit_reader readers[AUDIT_READERS_MAX]; /* too large for the stack; only one thread renders */
    size_t count = audit_readers(source->audit, readers), behind = 0;
    for (size_t i = 0; i < count; i++)
        behind += metrics_is_behind(source, &readers[i]);
    readers_done(readers, count);
    int failed = metrics_add_head(ret, "key_opens_total", "counter", "How many times a key.pem was opened.");
    failed |= metrics_append(ret, "certfs_key_opens_total %" PRIu64 "\n", audit_opens(source->audit));
    failed |= metrics_add_head(ret, "readers", "gauge", "Living processes that read a key.");
    failed |= metrics_append(ret, "certfs_readers %zu\n", count);
    failed |= metrics_add_head(ret, "readers_behind", "gauge",
                               "Those of them that hold another generation than the current.");
    failed |= metrics_append(ret, "certfs_readers_behind %zu\n", behind);
    return failed;
}

static int metrics_add_gauges(struct buf *ret, const struct status_source *source)
{
    int failed = metrics_add_head(ret, "generation", "gauge", "The newest generation's number.");
    failed |= metrics_append(ret, "certfs_generation %" PRIu64 "\n", registry_number(source->registry));
    failed |= metrics_add_head(ret, "problems", "gauge", "Problems that somebody should mend; status lists them.");
    failed |= metrics_append(ret, "certfs_problems %zu\n", problems_count(source->problems));
    return failed;
}

static int metrics_add_runs(struct buf *ret, struct journal *journal)
{
    struct journal_runs runs = journal_runs(journal);
    int failed = metrics_add_head(ret, "on_change_runs_total", "counter",
                                  "Runs of the program of on_change=, by how they ended.");
    failed |= metrics_append(ret, "certfs_on_change_runs_total{result=\"ok\"} %" PRIu64 "\n", runs.ok);
    failed |= metrics_append(ret, "certfs_on_change_runs_total{result=\"failed\"} %" PRIu64 "\n", runs.failed);
    return failed;
}

static int metrics_add_restarts(struct buf *ret, const struct cells *ends)
{
    int failed = metrics_add_head(ret, "worker_restarts_total", "counter",
                                  "Workers that were replaced, by how the one before ended.");
    for (enum end_reason reason = 0; reason < END_REASONS; reason++)
        failed |= metrics_append(ret, "certfs_worker_restarts_total{reason=\"%s\"} %" PRIu64 "\n",
                                 end_reason_name(reason), ends_get(ends, reason).count);
    return failed;
}

int metrics_write(const struct status_source *source, struct buf *ret, struct fault *f)
{
    int failed = metrics_add_gauges(ret, source);
    failed |= metrics_add_certificates(ret, source->registry, status_now(source));
    failed |= metrics_add_requests(ret, source->journal);
    failed |= metrics_add_readers(ret, source);
    failed |= metrics_add_runs(ret, source->journal);
    failed |= metrics_add_restarts(ret, &source->ends);
    return failed == 0 ? 0 : fault_no_memory(f);
}
