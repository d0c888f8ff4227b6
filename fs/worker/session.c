#include "fs/worker/session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

#include <fuse_lowlevel.h>
#include <linux/fuse.h>

#include "core/base/fault.h"
#include "fs/host/channel.h"
#include "fs/host/test_deaths.h"
#include "fs/host/test_hooks.h"
#include "fs/ops/ops.h"
#include "fs/state/server.h"
#include "fs/takeover/shared.h"
#include "fs/worker/device.h"
#include "fs/worker/greeting.h"
#include "fs/worker/requests.h"

/* The number of requests that do not come from the kernel, which counts from 2. */
#define OWN_UNIQUE (UINT64_MAX >> 2)

static ssize_t session_reply(struct server *server, int fd, const struct iovec *iov, int count)
{
    uint64_t unique = ((const struct fuse_out_header *)iov[0].iov_base)->unique;
    test_deaths_pass("before-reply");
    ssize_t result = writev(fd, iov, count);
    int os_errno = errno;
    test_deaths_pass("after-reply");
    requests_answered(server->requests, unique);
    errno = os_errno;
    return result;
}

/* Any thread. A notice has no number. */
static ssize_t session_write(int fd, struct iovec *iov, int count, void *argument)
{
    struct server *server = argument;
    const struct fuse_out_header *reply = iov[0].iov_base;
    uint64_t unique = reply->unique;
    if (unique == OWN_UNIQUE)
        return (ssize_t)reply->len;
    if (unique != 0 && unique == atomic_load_explicit(&server->greeting, memory_order_relaxed))
        greeting_save_reply(server->shared, iov, count);
    return unique == 0 ? writev(fd, iov, count) : session_reply(server, fd, iov, count);
}

/* libfuse insists on it; the loop below reads for itself. */
static ssize_t session_read(int fd, void *bytes, size_t size, void *argument)
{
    (void)argument;
    return device_read(fd, bytes, size);
}

static const struct fuse_custom_io session_io = {.writev = session_write, .read = session_read};

int session_open(struct server *server, bool debug, int fuse_fd, struct fault *f)
{
    char name[] = "certfs", option[] = "-d";
    char *arguments[] = {name, debug ? option : NULL, NULL};
    struct fuse_args args = FUSE_ARGS_INIT(debug ? 2 : 1, arguments);
    size_t size;
    void *memory = shared_raw(server->shared, SHARED_REQUESTS, &size);
    if (requests_new(memory, size, &server->requests, f) != 0)
        return -1;
    server->session = fuse_session_new(&args, ops_table(), sizeof(*ops_table()), server);
    fuse_opt_free_args(&args);
    if (server->session == NULL)
        return fault_no_memory(f);
    int error = fuse_session_custom_io(server->session, &session_io, fuse_fd);
    return error == 0 ? 0 : fault_set_errno(f, REASON_SYSTEM, -error, "cannot take over the mount");
}

/* ---- one request ---- */

/* No other thread writes it. */
static void session_note_progress(const struct server *server)
{
    _Atomic uint64_t *progress = &shared_head(server->shared)->progress;
    atomic_store_explicit(progress, atomic_load_explicit(progress, memory_order_relaxed) + 1, memory_order_relaxed);
}

/*
 * The supervisor, which looks at the progress every second, stops doing so while there are no requests. It sets `idle`
 * and then reads the progress; adding nothing keeps the processor from reading `idle` before it has written that.
 */
static void session_wake_supervisor(const struct server *server)
{
    _Atomic uint32_t *idle = &shared_head(server->shared)->idle;
    if (atomic_fetch_add(idle, 0) != 0 && atomic_exchange(idle, 0) != 0)
        (void)!write(server->life_fd, "", 1);
}

static void session_feed(const struct server *server, void *bytes, size_t size)
{
    const struct fuse_buf buffer = {.mem = bytes, .size = size};
    fuse_session_process_buf(server->session, &buffer);
}

/* It may come again because nobody has replied; the reply must be what the workers go by. */
static bool session_greet_again(struct server *server, const struct incoming *request)
{
    struct greeting greeting;
    if (request->opcode != FUSE_INIT || !greeting_load(server->shared, &greeting))
        return false;
    struct iovec reply = {.iov_base = greeting.reply, .iov_len = greeting.reply_size};
    ((struct fuse_out_header *)(void *)greeting.reply)->unique = request->number;
    (void)session_write(fuse_session_fd(server->session), &reply, 1, server);
    return true;
}

static void session_refuse(struct server *server, const struct incoming *request)
{
    char line[CHANNEL_TEXT_SIZE];
    snprintf(line, sizeof(line), "a request ended two workers and is answered with an error: FUSE operation %u",
             request->opcode);
    channel_send(server->log_fd, CHANNEL_LOG, LOG_ERR, line);
    if (device_awaits_reply(request->opcode))
        device_refuse(fuse_session_fd(server->session), request->number, EIO);
    requests_answered(server->requests, request->number);
}

/* The signal that the last worker knew of; libfuse keeps it for the request that comes next. */
static void session_interrupt(const struct server *server, uint64_t number)
{
    struct {
        struct fuse_in_header header;
        struct fuse_interrupt_in interrupt;
    } signal = {.header = {.len = sizeof(signal), .opcode = FUSE_INTERRUPT, .unique = OWN_UNIQUE},
                .interrupt = {.unique = number}};
    session_feed(server, &signal, sizeof(signal));
}

/* The reply to it is kept, for the workers that follow. */
static void session_expect_greeting(struct server *server, const struct incoming *request)
{
    if (request->opcode != FUSE_INIT)
        return;
    greeting_save_request(server->shared, request->bytes, request->length);
    atomic_store_explicit(&server->greeting, request->number, memory_order_relaxed);
}

static void session_process(struct server *server, const struct incoming *request)
{
    server->current.unique = request->unique;
    server->current.poll = request->poll;
    server->current.again = request->again;
    server->current.may_wait = request->may_wait;
    session_note_progress(server);
    session_wake_supervisor(server);
    if (request->poisonous)
        session_refuse(server, request);
    else if (!session_greet_again(server, request)) {
        session_expect_greeting(server, request);
        if (request->interrupted)
            session_interrupt(server, request->number);
        test_deaths_pass("after-read");
        test_hooks_hang(request->opcode);
        session_feed(server, request->bytes, request->length);
    }
    requests_end(server->requests);
    session_note_progress(server);
}

/* ---- the loop ---- */

/* Returns 1, 0 at the end of the mount, or -1 with errno. */
static int session_step(struct server *server)
{
    size_t size;
    void *bytes = requests_next(server->requests, &size);
    ssize_t length = device_read(fuse_session_fd(server->session), bytes, size);
    if (length <= 0)
        return (int)length;
    const struct incoming request = requests_begin(server->requests, (size_t)length);
    session_process(server, &request);
    return 1;
}

/* Answers the kernel's first request for this worker, as it was answered then. False: that did not come to pass. */
static bool session_repeat_greeting(struct server *server)
{
    struct greeting greeting;
    if (!greeting_load(server->shared, &greeting))
        return false;
    ((struct fuse_in_header *)(void *)greeting.request)->unique = OWN_UNIQUE;
    server->negotiated = greeting_flags(&greeting);
    session_feed(server, greeting.request, greeting.request_size);
    return true;
}

/* Processes all requests that the last worker has read and not answered. */
static void session_take_over(struct server *server)
{
    struct incoming request;
    if (device_resend(fuse_session_fd(server->session)))
        requests_forget(server->requests);
    while (requests_again(server->requests, &request))
        session_process(server, &request);
}

int session_serve(struct server *server, void (*answered)(void *), void *argument)
{
    bool greeted = server->successor && session_repeat_greeting(server);
    int result = 1;
    requests_inherit(server->requests, atomic_load(&shared_head(server->shared)->worker));
    if (greeted)
        answered(argument);
    if (server->successor)
        session_take_over(server);
    while (result == 1) {
        result = session_step(server);
        if (!greeted && result == 1)
            answered(argument);
        greeted = true;
    }
    return result;
}
