#include "fs/supervisor/keeping.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/fault.h"
#include "fs/disk/disk.h"
#include "fs/host/clock.h"
#include "fs/host/log.h"
#include "fs/host/presence.h"
#include "fs/host/process.h"
#include "fs/supervisor/death.h"
#include "fs/supervisor/mounting.h"
#include "fs/supervisor/mountpoint.h"
#include "fs/supervisor/resumption.h"
#include "fs/supervisor/zygotes.h"
#include "fs/takeover/shared.h"
#include "fs/upgrade/resume.h"
#include "fs/upgrade/service.h"

/* The names under which systemd keeps them: that of the mount last, so that the others are there if it is. */
enum { KEPT_FACTS, KEPT_MEMORY, KEPT_VAULT, KEPT_SECRET, KEPT_STORE, KEPT_FUSE, KEPT };

static const char *const names[KEPT] = {"facts", "memory", "vault", "secret", "store", "fuse"};

/* systemd knows the main process of a service that forks only some time after its start was done: all is sent again. */
static const int pauses_ms[] = {200, 1000, 5000, 0};

enum {
    ROUNDS = sizeof(pauses_ms) / sizeof(pauses_ms[0]),
    AGAIN_MS = 20,
    OVER_LIMIT_MS = 10 * 1000,
    LOOK_MS = 20,
};

/* ---- while it serves ---- */

static void keeping_send_all(struct keeping *keeping)
{
    close_fd(&keeping->facts);
    keeping->facts = -1;
    keeping->round = keeping->sent = 0;
    keeping->next = 0;
}

void keeping_begin(struct supervisor *supervisor, bool known)
{
    supervisor->keeping.known = known;
    supervisor->keeping.converted = false;
    supervisor->keeping.memory = shared_descriptors(supervisor->shared).memory;
    keeping_send_all(&supervisor->keeping);
}

static bool keeping_is_due(const struct supervisor *supervisor)
{
    return supervisor->ready && !supervisor->draining && service_is_present() && supervisor->keeping.round < ROUNDS;
}

int keeping_timeout(const struct supervisor *supervisor)
{
    return keeping_is_due(supervisor) ? clock_left(supervisor->keeping.next) : -1;
}

static int keeping_write_facts(struct supervisor *supervisor)
{
    CLEANUP(resume_done) struct resume facts = {0};
    struct fault f = {.reason = REASON_NONE};
    int fd;
    if (resumption_write_facts(supervisor, &facts, &f) == 0 && resume_write(&facts, &fd, &f) == 0)
        return fd;
    log_line(LOG_WARNING, "the mount is not kept for the next start: %s", f.message);
    return -1;
}

/* Whether systemd may have another descriptor under this name. The one that it has already is not kept twice. */
static bool keeping_replaces(const struct supervisor *supervisor, unsigned which)
{
    const struct keeping *keeping = &supervisor->keeping;
    return !keeping->known || which == KEPT_FACTS || (which == KEPT_MEMORY && keeping->converted);
}

/* A mount that is kept already stays so: what is replaced is sent at once after the old one is dropped. */
static int keeping_send(const struct supervisor *supervisor, unsigned step)
{
    const struct shared_descriptors shared = shared_descriptors(supervisor->shared);
    const int kept[KEPT] = {
        supervisor->keeping.facts,         shared.memory, shared.vault, shared.secret, supervisor->disk.store,
        mounting_fd(&supervisor->mounting)};
    unsigned which = step / 2;
    if (step % 2 == 0)
        return keeping_replaces(supervisor, which) ? service_forget(names[which]) : 0;
    return kept[which] < 0 || kept[KEPT_FACTS] < 0 ? 0 : service_keep(names[which], kept[which]);
}

/* Messages that systemd has no room for are sent later; others that fail will not succeed either. */
static void keeping_go_on(struct supervisor *supervisor)
{
    struct keeping *keeping = &supervisor->keeping;
    int64_t now = clock_ms(CLOCK_MONOTONIC);
    if (keeping->facts < 0)
        keeping->facts = keeping_write_facts(supervisor);
    for (; keeping->sent < 2 * KEPT; keeping->sent++)
        if (keeping_send(supervisor, keeping->sent) != 0 && errno == EAGAIN) {
            keeping->next = now + AGAIN_MS;
            return;
        }
    keeping->sent = 0;
    keeping->next = now + pauses_ms[keeping->round++];
}

/* The memory is another one after a program with other sections has followed. */
void keeping_step(struct supervisor *supervisor)
{
    struct keeping *keeping = &supervisor->keeping;
    const int memory = shared_descriptors(supervisor->shared).memory;
    if (keeping->memory != memory) {
        keeping->memory = memory;
        keeping->converted = true;
        keeping_send_all(keeping);
    }
    if (keeping_timeout(supervisor) == 0)
        keeping_go_on(supervisor);
}

void keeping_end(struct supervisor *supervisor)
{
    supervisor->keeping.round = ROUNDS;
    for (int i = KEPT - 1; i >= 0; i--)
        (void)service_forget(names[i]);
}

/* ---- at the start ---- */

void keeping_receive(struct keeping *keeping)
{
    service_take_listed(&keeping->listed);
}

int keeping_take_store(struct keeping *keeping)
{
    return service_take(&keeping->listed, names[KEPT_STORE]);
}

/* A mount of ours that nobody will serve: those who wait for it get an error. */
static void keeping_drop_mount(const struct resume *facts, int fuse)
{
    const char *path = resume_get(facts, "mountpoint"), *device = resume_get(facts, "device");
    struct pollfd wait = {.fd = fuse};
    struct fault ignored = {.reason = REASON_NONE};
    bool alive = poll(&wait, 1, 0) >= 0 && (wait.revents & POLLERR) == 0;
    if (!alive || path == NULL || device == NULL || !mountpoint_has_device(path, device))
        return;
    log_line(LOG_NOTICE, "the mount of an earlier certfs is not taken over, and ends: %s", path);
    (void)!mountpoint_force(path, &ignored);
}

static bool keeping_fits(const struct supervisor *supervisor, const struct resume *facts)
{
    const char *point = resume_get(facts, "mountpoint"), *store = resume_get(facts, "store");
    return point != NULL && store != NULL && strcmp(point, supervisor->options->mountpoint) == 0 &&
           strcmp(store, supervisor->options->store) == 0;
}

/* The worker could write anything where its process is noted: it is that user's in any case. */
static bool keeping_is_worker(const struct shared_head *head, const struct resume *facts, pid_t pid)
{
    return process_started(pid) == atomic_load(&head->started) &&
           (int64_t)process_user(pid) == resume_number(facts, "worker.user", -1);
}

/* systemd has killed it; a thread of it may be held in the kernel. */
static bool keeping_end_worker(const struct shared_head *head, const struct resume *facts)
{
    pid_t pid = (pid_t)atomic_load(&head->pid);
    int64_t now, deadline = clock_ms(CLOCK_MONOTONIC) + OVER_LIMIT_MS;
    CLEANUP(close_fd) int end = pid > 1 ? pidfd_open(pid, 0) : -1;
    if (end < 0 || !keeping_is_worker(head, facts, pid))
        return true;
    (void)pidfd_send_signal(end, SIGKILL, NULL, 0);
    while ((now = clock_ms(CLOCK_MONOTONIC)) < deadline) {
        if (death_is_over(pid, end))
            return true;
        (void)clock_wait(end, POLLIN, now + LOOK_MS);
    }
    return false;
}

static bool keeping_take_shared(struct supervisor *supervisor, struct fault *f)
{
    struct service_listed *listed = &supervisor->keeping.listed;
    const struct shared_descriptors shared = {.memory = service_take(listed, names[KEPT_MEMORY]),
                                              .vault = service_take(listed, names[KEPT_VAULT]),
                                              .secret = service_take(listed, names[KEPT_SECRET])};
    if (shared.memory >= 0 && shared.vault >= 0 && shared.secret >= 0 &&
        shared_attach(&shared, &supervisor->shared, f) == 0)
        return true;
    close_fd(&shared.memory);
    close_fd(&shared.vault);
    close_fd(&shared.secret);
    return false;
}

static bool keeping_take(struct supervisor *supervisor, const struct resume *facts, int fuse)
{
    struct fault f = {.reason = REASON_NONE};
    const char *device = resume_get(facts, "device");
    if (!keeping_fits(supervisor, facts) || !keeping_take_shared(supervisor, &f))
        return false;
    struct shared_head *head = shared_head(supervisor->shared);
    const struct disk *disk = &supervisor->disk;
    bool fits = device != NULL && keeping_end_worker(head, facts) && (disk->store < 0 || disk->kept) &&
                zygotes_choose(&supervisor->worker.zygotes, supervisor->options->foreground, &f) == 0;
    if (fits && mounting_adopt(supervisor->options, fuse, device, &supervisor->mounting)) {
        supervisor->keeping.adopted = true;
        resumption_read_facts(supervisor, facts);
        atomic_fetch_add(&head->worker, 1);
        return true;
    }
    if (fits)
        presence_end(&supervisor->mounting.presence);
    shared_freep(&supervisor->shared);
    return false;
}

/* The facts, if both are there. */
static bool keeping_read(struct service_listed *listed, struct resume *ret, int *ret_fuse)
{
    struct fault ignored = {.reason = REASON_NONE};
    CLEANUP(close_fd) int text = service_take(listed, names[KEPT_FACTS]);
    *ret_fuse = service_take(listed, names[KEPT_FUSE]);
    return text >= 0 && *ret_fuse >= 0 && resume_read(text, ret, &ignored) == 0;
}

bool keeping_adopt(struct supervisor *supervisor)
{
    CLEANUP(resume_done) struct resume facts = {0};
    int fuse;
    bool known = keeping_read(&supervisor->keeping.listed, &facts, &fuse);
    bool taken = known && keeping_take(supervisor, &facts, fuse);
    if (known && !taken)
        keeping_drop_mount(&facts, fuse);
    if (!taken)
        close_fd(&fuse);
    service_close_rest(&supervisor->keeping.listed);
    if (taken)
        log_line(LOG_NOTICE, "takes over the mount of a certfs that was ended: %s", supervisor->options->mountpoint);
    return taken;
}

void keeping_drop(struct keeping *keeping)
{
    CLEANUP(resume_done) struct resume facts = {0};
    int fuse;
    if (keeping_read(&keeping->listed, &facts, &fuse))
        keeping_drop_mount(&facts, fuse);
    close_fd(&fuse);
    service_close_rest(&keeping->listed);
}
