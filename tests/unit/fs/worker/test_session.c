#include "fs/worker/session.h"

#include <errno.h>
#include <linux/fuse.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fuse_lowlevel.h>

#include "core/base/fault.h"
#include "fs/host/channel.h"
#include "fs/state/server.h"
#include "fs/takeover/shared.h"
#include "fs/worker/greeting.h"
#include "fs/worker/outliving.h"
#include "fs/worker/refuse.h"
#include "fs/worker/requests.h"
#include "tests/unit/lib/harness.h"

#define AGAIN (UINT64_C(1) << 63)

enum { NOTIFY_RESEND = 7, MANY = 64 };

/* A worker whose kernel is this program: what is sent before serve() is all that it reads. */
struct fixture {
    struct server server;
    int kernel, log, ready;
};

struct reply {
    struct fuse_out_header header;
    struct fuse_init_out init;
};

static void begin_worker(struct fixture *fixture)
{
    struct fault f = {.reason = REASON_NONE};
    int device[2], log[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, device), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, log), 0);
    struct shared *shared = fixture->server.shared;
    *fixture = (struct fixture){.kernel = device[0], .log = log[0]};
    fixture->server.shared = shared;
    fixture->server.successor = atomic_load(&shared_head(shared)->worker) > 1;
    fixture->server.log_fd = log[1];
    assert_int_equal(session_open(&fixture->server, false, device[1], &f), 0);
}

static void begin(struct fixture *fixture)
{
    struct fault f = {.reason = REASON_NONE};
    assert_int_equal(outliving_new(&fixture->server.shared, &f), 0);
    begin_worker(fixture);
}

static void end_worker(struct fixture *fixture)
{
    fuse_session_destroy(fixture->server.session);
    requests_freep(&fixture->server.requests);
    close(fixture->server.log_fd);
    close(fixture->kernel);
    close(fixture->log);
}

static void fixture_done(struct fixture *fixture)
{
    end_worker(fixture);
    shared_freep(&fixture->server.shared);
}

static void take_over(struct fixture *fixture)
{
    end_worker(fixture);
    atomic_fetch_add(&shared_head(fixture->server.shared)->worker, 1);
    begin_worker(fixture);
}

static void send_request(const struct fixture *fixture, uint32_t opcode, uint64_t unique)
{
    struct {
        struct fuse_in_header header;
        struct fuse_init_in init;
    } request = {.header = {.len = sizeof(request), .opcode = opcode, .unique = unique, .nodeid = FUSE_ROOT_ID}};
    if (opcode == FUSE_INIT)
        request.init = (struct fuse_init_in){
            .major = 7, .minor = 38, .max_readahead = 65536, .flags = UINT32_MAX, .flags2 = UINT32_MAX};
    assert_int_equal(write(fixture->kernel, &request, sizeof(request)), sizeof(request));
}

static void note_ready(void *argument)
{
    ((struct fixture *)argument)->ready++;
}

/* Until all that was sent is read. */
static void serve(struct fixture *fixture)
{
    assert_int_equal(shutdown(fixture->kernel, SHUT_WR), 0);
    assert_int_equal(session_serve(&fixture->server, note_ready, fixture), 0);
}

static void read_reply(const struct fixture *fixture, struct reply *ret)
{
    *ret = (struct reply){.header.len = 0};
    ssize_t length = read(fixture->kernel, ret, sizeof(*ret));
    assert_true(length >= (ssize_t)sizeof(ret->header));
    assert_int_equal(length, ret->header.len);
}

static void expect_error(const struct fixture *fixture, uint64_t unique, int error)
{
    struct reply reply;
    read_reply(fixture, &reply);
    assert_true(reply.header.unique == unique);
    assert_int_equal(reply.header.error, -error);
}

static void expect_resend(const struct fixture *fixture)
{
    struct reply reply;
    read_reply(fixture, &reply);
    assert_int_equal(reply.header.len, 16);
    assert_int_equal(reply.header.error, NOTIFY_RESEND);
    assert_int_equal(reply.header.unique, 0);
}

static void expect_nothing(const struct fixture *fixture)
{
    struct reply reply;
    assert_int_equal(read(fixture->kernel, &reply, sizeof(reply)), -1);
    assert_int_equal(errno, EAGAIN);
}

/* A mount whose first worker has answered INIT. */
static void begin_mount(struct fixture *fixture, struct reply *ret_init)
{
    begin(fixture);
    send_request(fixture, FUSE_INIT, 2);
    serve(fixture);
    assert_int_equal(fixture->ready, 1);
    read_reply(fixture, ret_init);
    assert_int_equal(ret_init->header.unique, 2);
    assert_int_equal(ret_init->header.error, 0);
}

TEST(the_kernel_is_asked_for_the_same_whichever_libfuse_answers)
{
    struct reply init;
    CLEANUP(fixture_done) struct fixture fixture = {.kernel = -1};
    begin_mount(&fixture, &init);
    assert_int_equal(init.init.flags, FUSE_ASYNC_READ | FUSE_ATOMIC_O_TRUNC | FUSE_ASYNC_DIO | FUSE_BIG_WRITES |
                                          FUSE_MAX_PAGES | FUSE_INIT_EXT);
    assert_int_equal(init.init.flags2, 0);
    assert_int_equal(init.init.max_write, 1024 * 1024);
    assert_int_equal(init.init.max_pages, 1024 * 1024 / sysconf(_SC_PAGESIZE));
    expect_nothing(&fixture);
}

TEST(a_successor_answers_init_for_itself_and_has_the_rest_sent_again)
{
    struct reply init;
    CLEANUP(fixture_done) struct fixture fixture = {.kernel = -1};
    begin_mount(&fixture, &init);
    take_over(&fixture);
    send_request(&fixture, FUSE_FSYNC, 4 | AGAIN);
    serve(&fixture);
    assert_int_equal(fixture.ready, 1);
    assert_true(fixture.server.negotiated == init.init.flags);
    expect_resend(&fixture);
    expect_error(&fixture, 4 | AGAIN, 0);
    expect_nothing(&fixture);
    assert_int_equal(fixture.server.current.unique, 4);
    assert_true(fixture.server.current.again);
}

TEST(a_new_request_of_a_successor_has_no_predecessor)
{
    struct reply init;
    CLEANUP(fixture_done) struct fixture fixture = {.kernel = -1};
    begin_mount(&fixture, &init);
    take_over(&fixture);
    send_request(&fixture, FUSE_FSYNC, 4);
    serve(&fixture);
    assert_false(fixture.server.current.again);
    assert_true(fixture.server.current.may_wait);
}

TEST(an_init_that_comes_again_gets_the_reply_of_then)
{
    struct reply init, again;
    CLEANUP(fixture_done) struct fixture fixture = {.kernel = -1};
    begin_mount(&fixture, &init);
    take_over(&fixture);
    send_request(&fixture, FUSE_INIT, 2 | AGAIN);
    serve(&fixture);
    expect_resend(&fixture);
    read_reply(&fixture, &again);
    assert_true(again.header.unique == (2 | AGAIN));
    assert_memory_equal(&again.init, &init.init, sizeof(init.init));
}

TEST(a_successor_of_a_worker_that_never_answered_init_answers_it)
{
    CLEANUP(fixture_done) struct fixture fixture = {.kernel = -1};
    begin(&fixture);
    take_over(&fixture);
    send_request(&fixture, FUSE_INIT, 2 | AGAIN);
    send_request(&fixture, FUSE_FSYNC, 4);
    serve(&fixture);
    assert_int_equal(fixture.ready, 1);
    expect_resend(&fixture);
    expect_error(&fixture, 2 | AGAIN, 0);
    expect_error(&fixture, 4, 0);
}

TEST(a_refused_init_is_not_kept)
{
    CLEANUP(fixture_done) struct fixture fixture = {.kernel = -1};
    begin(&fixture);
    struct greeting greeting;
    struct {
        struct fuse_in_header header;
        struct fuse_init_in init;
    } request = {.header = {.len = sizeof(request), .opcode = FUSE_INIT, .unique = 2}, .init = {.major = 6}};
    assert_int_equal(write(fixture.kernel, &request, sizeof(request)), sizeof(request));
    serve(&fixture);
    expect_error(&fixture, 2, EPROTO);
    assert_false(greeting_load(fixture.server.shared, &greeting));
}

TEST(progress_moves_with_each_request)
{
    struct reply init;
    CLEANUP(fixture_done) struct fixture fixture = {.kernel = -1};
    begin_mount(&fixture, &init);
    uint64_t before = atomic_load(&shared_head(fixture.server.shared)->progress);
    assert_int_equal(before, 2);
    take_over(&fixture);
    send_request(&fixture, FUSE_FSYNC, 4);
    send_request(&fixture, FUSE_FORGET, 6);
    serve(&fixture);
    assert_int_equal(atomic_load(&shared_head(fixture.server.shared)->progress), before + 4);
}

/* Leaves it as a worker does that ends while it processes it. */
static void die_of(struct fixture *fixture, uint32_t opcode, uint64_t unique)
{
    size_t size;
    const struct fuse_in_header request = {.len = sizeof(request), .opcode = opcode, .unique = unique};
    memcpy(requests_next(fixture->server.requests, &size), &request, sizeof(request));
    (void)requests_begin(fixture->server.requests, sizeof(request));
    take_over(fixture);
}

TEST(a_request_that_the_kernel_sends_again_is_not_processed_from_its_slot_as_well)
{
    struct reply init;
    CLEANUP(fixture_done) struct fixture fixture = {.kernel = -1};
    begin_mount(&fixture, &init);
    die_of(&fixture, FUSE_FSYNC, 4);
    send_request(&fixture, FUSE_FSYNC, 4 | AGAIN);
    serve(&fixture);
    expect_resend(&fixture);
    expect_error(&fixture, 4 | AGAIN, 0);
    expect_nothing(&fixture);
}

TEST(a_request_that_outlived_two_workers_gets_EIO_and_a_line)
{
    struct reply init;
    struct channel_message line;
    CLEANUP(fixture_done) struct fixture fixture = {.kernel = -1};
    begin_mount(&fixture, &init);
    for (int i = 0; i < 2; i++) {
        die_of(&fixture, FUSE_FSYNC, 4);
        requests_inherit(fixture.server.requests, 2);
        requests_forget(fixture.server.requests);
    }
    send_request(&fixture, FUSE_FSYNC, 4 | AGAIN);
    send_request(&fixture, FUSE_FSYNC, 6 | AGAIN);
    serve(&fixture);
    expect_resend(&fixture);
    expect_error(&fixture, 4 | AGAIN, EIO);
    expect_error(&fixture, 6 | AGAIN, 0);
    channel_receive(fixture.log, &line);
    assert_int_equal(line.kind, CHANNEL_LOG);
    assert_string_equal(line.text, "a request ended two workers and is answered with an error: FUSE operation 20");
}

TEST(without_sets_all_requests_that_want_a_reply_get_EIO)
{
    struct reply init;
    CLEANUP(fixture_done) struct fixture fixture = {.kernel = -1};
    begin_mount(&fixture, &init);
    die_of(&fixture, FUSE_FSYNC, 4);
    send_request(&fixture, FUSE_LOOKUP, 6);
    send_request(&fixture, FUSE_FORGET, 8);
    send_request(&fixture, FUSE_READ, 10 | AGAIN);
    assert_int_equal(shutdown(fixture.kernel, SHUT_WR), 0);
    assert_int_equal(refuse_all(fuse_session_fd(fixture.server.session), fixture.server.shared), 0);
    expect_resend(&fixture);
    expect_error(&fixture, 4, EIO);
    expect_error(&fixture, 6, EIO);
    expect_error(&fixture, 10 | AGAIN, EIO);
    expect_nothing(&fixture);
}
