#include "fs/audit.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "fs/link.h"
#include "fs/process.h"

enum {
    RING_SIZE = 512,
    FOR_REQUESTS = 64, /* places that opens cannot take: who reads the key cannot hide that a set was replaced */
    DELAY_MS = 20,
    RETRY_MS = 200, /* while the line to the log is full */
    OPENERS = 64,
    OPENER_MS = 100, /* no thread's number comes back so soon */
};

struct event {
    bool open; /* of a key; else the end of a request */
    gid_t gid;
    uint64_t set; /* of an open */
    uint64_t generation;
    struct journal_entry entry; /* of an open: writer and set alone */
};

/* A thread that opened a key just now, and its process: looking that up takes as long as a third of an open. */
struct opener {
    pid_t thread, process;
    int64_t until;
};

struct audit {
    int link_fd;
    int timer_fd;
    struct opener openers[OPENERS]; /* the FUSE thread's, by thread */
    pthread_mutex_t lock;           /* over the ring and the counts */
    struct event ring[RING_SIZE];
    size_t first, count;
    uint64_t opens, lost;
    pthread_mutex_t readers_lock; /* over all below; another one, since who is listed is looked for in /proc */
    struct audit_reader readers[AUDIT_READERS_MAX];
    size_t reader_count;
};

int audit_new(int link_fd, struct audit **ret, struct fault *f)
{
    struct audit *audit = calloc(1, sizeof(*audit));
    if (audit == NULL)
        return fault_no_memory(f);
    audit->link_fd = link_fd;
    audit->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (audit->timer_fd < 0) {
        free(audit);
        return fault_set_errno(f, REASON_STORE_FAILED, errno, "cannot make a timer");
    }
    pthread_mutex_init(&audit->lock, NULL);
    pthread_mutex_init(&audit->readers_lock, NULL);
    *ret = audit;
    return 0;
}

void audit_freep(struct audit **audit)
{
    if (*audit == NULL)
        return;
    close((*audit)->timer_fd);
    pthread_mutex_destroy(&(*audit)->lock);
    pthread_mutex_destroy(&(*audit)->readers_lock);
    free(*audit);
}

int audit_fd(const struct audit *audit)
{
    return audit->timer_fd;
}

/* ---- noting ---- */

/* Not at once: a burst of opens is written in one go, and its readers do not share the processor with the log. */
static void arm(const struct audit *audit, long delay_ms)
{
    const struct itimerspec soon = {.it_value = {.tv_nsec = delay_ms * 1000000L}};
    (void)timerfd_settime(audit->timer_fd, 0, &soon, NULL);
}

static void note(struct audit *audit, const struct event *event)
{
    pthread_mutex_lock(&audit->lock);
    bool was_empty = audit->count == 0;
    if (event->open)
        audit->opens++;
    if (audit->count >= (event->open ? RING_SIZE - FOR_REQUESTS : RING_SIZE))
        audit->lost++;
    else
        audit->ring[(audit->first + audit->count++) % RING_SIZE] = *event;
    pthread_mutex_unlock(&audit->lock);
    if (was_empty)
        arm(audit, DELAY_MS);
}

static int64_t now_ms(void)
{
    struct timespec now;
    return clock_gettime(CLOCK_MONOTONIC_COARSE, &now) == 0 ? (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 : 0;
}

/* While it waits for its open, a thread is there; 20 ms later it may have ended, and its process lives on. */
static pid_t process_of_opener(struct audit *audit, pid_t thread)
{
    int64_t now = now_ms();
    struct opener *opener = &audit->openers[(unsigned)thread % OPENERS];
    if (opener->thread != thread || opener->until <= now)
        *opener = (struct opener){.thread = thread, .process = process_of_thread(thread), .until = now + OPENER_MS};
    return opener->process == 0 ? thread : opener->process;
}

void audit_note_open(struct audit *audit, uid_t uid, gid_t gid, pid_t thread, const struct resource *resource,
                     uint64_t generation)
{
    struct event event = {.open = true,
                          .gid = gid,
                          .set = resource->set,
                          .generation = generation,
                          .entry = {.writer = {.uid = uid, .pid = process_of_opener(audit, thread)}}};
    snprintf(event.entry.set, sizeof(event.entry.set), "%s", resource->identifier);
    note(audit, &event);
}

void audit_note_request(struct audit *audit, const struct journal_entry *entry)
{
    const struct event event = {.open = false, .generation = entry->generation, .entry = *entry};
    note(audit, &event);
}

/* ---- writing; the importer ---- */

static bool peek(struct audit *audit, struct event *ret)
{
    pthread_mutex_lock(&audit->lock);
    bool found = audit->count > 0;
    if (found)
        *ret = audit->ring[audit->first];
    pthread_mutex_unlock(&audit->lock);
    return found;
}

static void take(struct audit *audit)
{
    pthread_mutex_lock(&audit->lock);
    audit->first = (audit->first + 1) % RING_SIZE;
    audit->count--;
    pthread_mutex_unlock(&audit->lock);
}

static bool lives(const struct audit_reader *reader)
{
    return process_started(reader->pid) == reader->started;
}

/* ---- readers; with their lock held ---- */

static void forget_dead(struct audit *audit)
{
    size_t kept = 0;
    for (size_t i = 0; i < audit->reader_count; i++)
        if (lives(&audit->readers[i]))
            audit->readers[kept++] = audit->readers[i];
    audit->reader_count = kept;
}

static bool is_same_process(const struct audit_reader *a, const struct audit_reader *b)
{
    return a->pid == b->pid && a->started == b->started;
}

static size_t count_of_process(const struct audit *audit, const struct audit_reader *process)
{
    size_t count = 0;
    for (size_t i = 0; i < audit->reader_count; i++)
        count += is_same_process(&audit->readers[i], process);
    return count;
}

/* A process that reads many sets drives no other one out. */
static void forget_oldest_of_the_greediest(struct audit *audit)
{
    size_t chosen = 0, most = 0;
    for (size_t i = 0; i < audit->reader_count; i++) {
        size_t count = count_of_process(audit, &audit->readers[i]);
        if (count > most) {
            most = count;
            chosen = i;
        }
    }
    size_t behind = --audit->reader_count - chosen;
    memmove(&audit->readers[chosen], &audit->readers[chosen + 1], behind * sizeof(audit->readers[0]));
}

static void make_room(struct audit *audit)
{
    if (audit->reader_count == AUDIT_READERS_MAX)
        forget_dead(audit);
    if (audit->reader_count == AUDIT_READERS_MAX)
        forget_oldest_of_the_greediest(audit);
}

/* The place of a process and a set among the readers. */
static struct audit_reader *place_of(struct audit *audit, const struct audit_reader *reader)
{
    for (size_t i = 0; i < audit->reader_count; i++)
        if (is_same_process(&audit->readers[i], reader) && audit->readers[i].set == reader->set)
            return &audit->readers[i];
    make_room(audit);
    return &audit->readers[audit->reader_count++];
}

static void remember(struct audit *audit, const struct audit_reader *reader)
{
    if (reader->started == 0)
        return; /* gone before it was looked up */
    pthread_mutex_lock(&audit->readers_lock);
    *place_of(audit, reader) = *reader;
    pthread_mutex_unlock(&audit->readers_lock);
}

static void tidy_readers(struct audit *audit)
{
    pthread_mutex_lock(&audit->readers_lock);
    forget_dead(audit);
    pthread_mutex_unlock(&audit->readers_lock);
}

/* ---- lines ---- */

static int write_open(struct audit *audit, const struct event *event)
{
    char line[LINK_TEXT_SIZE];
    struct audit_reader reader = {.pid = event->entry.writer.pid,
                                  .uid = event->entry.writer.uid,
                                  .set = event->set,
                                  .generation = event->generation};
    memcpy(reader.identifier, event->entry.set, sizeof(reader.identifier));
    reader.started = process_started(reader.pid);
    process_name(reader.pid, reader.program, sizeof(reader.program));
    snprintf(line, sizeof(line), "key.pem opened by uid %u, gid %u, pid %d (%s), set %s, generation %" PRIu64,
             (unsigned)reader.uid, (unsigned)event->gid, (int)reader.pid, reader.program,
             journal_set_name(reader.identifier), reader.generation);
    remember(audit, &reader);
    return link_send(audit->link_fd, LINK_LOG, LOG_INFO, line);
}

static void list_waived(uint32_t waived, char *ret, size_t size)
{
    size_t used = 0;
    ret[0] = '\0';
    for (enum reason reason = REASON_NONE; reason < REASON_COUNT && used < size; reason++)
        if ((waived >> reason & 1) != 0)
            used +=
                (size_t)snprintf(ret + used, size - used, "%s%s", used == 0 ? ", waived " : " ", reason_name(reason));
}

static int write_request(const struct audit *audit, const struct event *event)
{
    char line[LINK_TEXT_SIZE], waived[128];
    const struct journal_entry *entry = &event->entry;
    bool refused = entry->fault.reason != REASON_NONE;
    list_waived(entry->waived, waived, sizeof(waived));
    snprintf(line, sizeof(line), "%s by uid %u, pid %d (%s), set %s, generation %" PRIu64 ", leaf %s -> %s%s: %s%s%s%s",
             action_name(entry->action), (unsigned)entry->writer.uid, (int)entry->writer.pid, entry->program,
             journal_set_name(entry->set), event->generation, entry->old_sha256[0] == '\0' ? "none" : entry->old_sha256,
             entry->new_sha256[0] == '\0' ? "none" : entry->new_sha256, waived, refused ? "refused, " : "",
             refused ? reason_name(entry->fault.reason) : "", refused ? ": " : "",
             refused ? entry->fault.message : entry->sentence);
    return link_send(audit->link_fd, LINK_LOG, refused ? LOG_WARNING : LOG_NOTICE, line);
}

static int write_lost(struct audit *audit)
{
    pthread_mutex_lock(&audit->lock);
    uint64_t lost = audit->lost;
    pthread_mutex_unlock(&audit->lock);
    char line[LINK_TEXT_SIZE];
    snprintf(line, sizeof(line), "%" PRIu64 " more opens of key.pem than could be listed", lost);
    if (lost > 0 && link_send(audit->link_fd, LINK_LOG, LOG_WARNING, line) != 0)
        return -1;
    pthread_mutex_lock(&audit->lock);
    audit->lost -= lost;
    pthread_mutex_unlock(&audit->lock);
    return 0;
}

/* What the line has no room for stays in the ring; nobody waits for the log. */
void audit_write(struct audit *audit)
{
    uint64_t expirations;
    (void)!read(audit->timer_fd, &expirations, sizeof(expirations));
    struct event event;
    int result = 0;
    while (result == 0 && peek(audit, &event)) {
        result = event.open ? write_open(audit, &event) : write_request(audit, &event);
        if (result == 0)
            take(audit);
    }
    if (result != 0 || write_lost(audit) != 0)
        arm(audit, RETRY_MS);
    tidy_readers(audit);
}

size_t audit_readers(struct audit *audit, struct audit_reader ret[static AUDIT_READERS_MAX])
{
    pthread_mutex_lock(&audit->readers_lock);
    size_t count = 0;
    for (size_t i = 0; i < audit->reader_count; i++)
        if (lives(&audit->readers[i]))
            ret[count++] = audit->readers[i];
    pthread_mutex_unlock(&audit->readers_lock);
    return count;
}

uint64_t audit_opens(struct audit *audit)
{
    pthread_mutex_lock(&audit->lock);
    uint64_t opens = audit->opens;
    pthread_mutex_unlock(&audit->lock);
    return opens;
}
