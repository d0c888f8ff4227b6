#include "fs/report/audit.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fault.h"
#include "core/set/resource.h"
#include "fs/host/channel.h"
#include "fs/host/clock.h"
#include "fs/host/process.h"
#include "fs/report/event.h"
#include "fs/report/event_queues.h"
#include "fs/report/fields.h"
#include "fs/takeover/cells.h"

enum {
    DELAY_MS = 20,
    RETRY_MS = 50, /* while the log channel is full */
    OPENERS = 64,
    OPENER_MS = 100, /* thread ids are not reused sooner */
    TIDY_MS = 1000,
    END_MS = 1000,
};

/* Caches the process of a thread that opened a key, as a lookup takes as long as an open. */
struct opener {
    pid_t thread;
    struct process process;
    int64_t until;
};

struct audit {
    int log_fd;
    int timer_fd;
    struct opener openers[OPENERS]; /* by thread id; for the FUSE thread */
    struct readers *readers;
    int64_t tidied;       /* for the writing thread: when it called readers_tidy */
    pthread_mutex_t lock; /* over all below */
    struct event_queues *queues;
    bool armed; /* whether the timer is armed */
    struct kept_audit counts;
    struct cells counts_cell; /* where they outlive the worker */
};

int audit_new(int log_fd, struct audit **ret, struct fault *f)
{
    struct audit *audit = calloc(1, sizeof(*audit));
    if (audit == NULL)
        return fault_no_memory(f);
    audit->log_fd = log_fd;
    audit->queues = event_queues_new();
    audit->readers = readers_new();
    audit->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    int os_errno = errno;
    pthread_mutex_init(&audit->lock, NULL);
    if (audit->queues != NULL && audit->readers != NULL && audit->timer_fd >= 0) {
        *ret = audit;
        return 0;
    }
    bool no_timer = audit->timer_fd < 0;
    audit_freep(&audit);
    return no_timer ? fault_set_errno(f, REASON_SYSTEM, os_errno, "cannot make a timer") : fault_no_memory(f);
}

void audit_freep(struct audit **audit)
{
    if (*audit == NULL)
        return;
    close_fd(&(*audit)->timer_fd);
    pthread_mutex_destroy(&(*audit)->lock);
    event_queues_freep(&(*audit)->queues);
    readers_freep(&(*audit)->readers);
    free(*audit);
}

void audit_reserve(struct audit *audit, uid_t user)
{
    event_queues_reserve(audit->queues, user);
}

int audit_fd(const struct audit *audit)
{
    return audit->timer_fd;
}

uint64_t audit_restore(struct audit *audit, const struct audit_cells *cells, struct registry *registry)
{
    readers_restore(audit->readers, &cells->readers, registry);
    pthread_mutex_lock(&audit->lock);
    audit->counts_cell = cells->counts;
    (void)cells_get(&audit->counts_cell, 0, &audit->counts);
    uint64_t lost = audit->counts.noted - audit->counts.written;
    audit->counts.written = audit->counts.noted;
    cells_put(&audit->counts_cell, 0, &audit->counts);
    pthread_mutex_unlock(&audit->lock);
    return lost;
}

/* ---- noting ---- */

/* The delay lets a burst of opens be written together, after its readers have gone on. */
static void audit_arm(const struct audit *audit, int delay_ms)
{
    const struct itimerspec soon = {
        .it_value = {.tv_sec = delay_ms / 1000, .tv_nsec = (long)(delay_ms % 1000) * 1000000L + 1}};
    (void)timerfd_settime(audit->timer_fd, 0, &soon, NULL);
}

/* `open`: the kernel's number of an OPEN; else 0. */
static void audit_note(struct audit *audit, const struct event *event, uint64_t open)
{
    pthread_mutex_lock(&audit->lock);
    bool arms = !audit->armed;
    audit->armed = true;
    audit->counts.noted++;
    audit->counts.opens += event->kind == EVENT_OPEN ? 1 : 0;
    audit->counts.last_open = open != 0 ? open : audit->counts.last_open;
    cells_put(&audit->counts_cell, 0, &audit->counts);
    event_queues_put(audit->queues, event, clock_ms(CLOCK_MONOTONIC_COARSE));
    if (arms)
        audit_arm(audit, DELAY_MS);
    pthread_mutex_unlock(&audit->lock);
}

/* Looks up the process now: after its open the thread may end. */
static const struct process *audit_process_of_opener(struct audit *audit, pid_t thread)
{
    int64_t now = clock_ms(CLOCK_MONOTONIC_COARSE);
    struct opener *opener = &audit->openers[(unsigned)thread % OPENERS];
    if (opener->thread != thread || opener->until <= now) {
        opener->thread = thread;
        opener->until = now + OPENER_MS;
        process_of_thread(thread, &opener->process);
    }
    return &opener->process;
}

/* Whether an earlier worker has noted it, and ended before it was answered. Only the FUSE thread changes the number. */
static bool audit_has_noted(const struct audit *audit, const struct audit_open *open)
{
    return open->request != 0 && open->request == audit->counts.last_open;
}

void audit_note_open(struct audit *audit, const struct audit_open *open)
{
    struct event event;
    if (audit_has_noted(audit, open))
        return;
    event.kind = EVENT_OPEN;
    event.open.time = time(NULL);
    event.open.uid = open->uid;
    event.open.gid = open->gid;
    event.open.process = *audit_process_of_opener(audit, open->thread);
    event.open.resource = open->resource;
    event.open.generation = open->generation;
    audit_note(audit, &event, open->request);
}

void audit_note_request(struct audit *audit, const struct journal_entry *entry)
{
    struct event event;
    event_of_request(entry, &event);
    audit_note(audit, &event, 0);
}

/* ---- writing ---- */

static bool audit_next_line(struct audit *audit, bool end, struct event_queues_line *ret)
{
    pthread_mutex_lock(&audit->lock);
    bool found = event_queues_next(audit->queues, clock_ms(CLOCK_MONOTONIC_COARSE), end, ret);
    pthread_mutex_unlock(&audit->lock);
    return found;
}

static void audit_sent_line(struct audit *audit, const struct event_queues_line *line)
{
    pthread_mutex_lock(&audit->lock);
    event_queues_sent(audit->queues, line, clock_ms(CLOCK_MONOTONIC_COARSE));
    audit->counts.written += line->count;
    cells_put(&audit->counts_cell, 0, &audit->counts);
    pthread_mutex_unlock(&audit->lock);
}

static void audit_remember(struct audit *audit, const struct event_open *open)
{
    struct audit_reader reader = {.pid = open->process.pid,
                                  .uid = open->uid,
                                  .resource = open->resource,
                                  .generation = open->generation,
                                  .started = open->process.started};
    memcpy(reader.program, open->process.program, sizeof(reader.program));
    readers_remember(audit->readers, &reader);
}

/* Whether there was room for it. */
static bool audit_write_line(struct audit *audit, const struct event_queues_line *line)
{
    struct fields text;
    event_write(&line->event, line->count, line->several, &text);
    if (channel_send(audit->log_fd, CHANNEL_LOG, event_priority(&line->event), text.line) != 0)
        return false;
    if (line->event.kind == EVENT_OPEN)
        audit_remember(audit, &line->event.open);
    audit_sent_line(audit, line);
    return true;
}

/* Returns false if there is no line, or no room for it, which sets `ret_full`. */
static bool audit_write_one(struct audit *audit, bool end, bool *ret_full)
{
    struct event_queues_line line;
    *ret_full = false;
    if (!audit_next_line(audit, end, &line))
        return false;
    *ret_full = !audit_write_line(audit, &line);
    event_done(&line.event);
    return !*ret_full;
}

static void audit_arm_next(struct audit *audit, bool full)
{
    pthread_mutex_lock(&audit->lock);
    int wait = event_queues_wait(audit->queues, clock_ms(CLOCK_MONOTONIC_COARSE));
    audit->armed = wait >= 0;
    if (audit->armed)
        audit_arm(audit, full ? RETRY_MS : wait);
    pthread_mutex_unlock(&audit->lock);
}

static void audit_tidy(struct audit *audit)
{
    int64_t now = clock_ms(CLOCK_MONOTONIC_COARSE);
    if (now < audit->tidied + TIDY_MS)
        return;
    readers_tidy(audit->readers);
    audit->tidied = now;
}

void audit_write(struct audit *audit)
{
    uint64_t expirations;
    bool full;
    (void)!read(audit->timer_fd, &expirations, sizeof(expirations));
    while (audit_write_one(audit, false, &full))
        continue;
    audit_arm_next(audit, full);
    audit_tidy(audit);
}

void audit_finish(struct audit *audit)
{
    struct pollfd room = {.fd = audit->log_fd, .events = POLLOUT};
    int64_t left, deadline = clock_ms(CLOCK_MONOTONIC_COARSE) + END_MS;
    bool full;
    do
        while (audit_write_one(audit, true, &full))
            continue;
    while (full && (left = deadline - clock_ms(CLOCK_MONOTONIC_COARSE)) > 0 && poll(&room, 1, (int)left) == 1 &&
           room.revents == POLLOUT);
}

size_t audit_readers(struct audit *audit, struct audit_reader ret[static AUDIT_READERS_MAX])
{
    return readers_list(audit->readers, ret);
}

uint64_t audit_opens(struct audit *audit)
{
    pthread_mutex_lock(&audit->lock);
    uint64_t opens = audit->counts.opens;
    pthread_mutex_unlock(&audit->lock);
    return opens;
}
