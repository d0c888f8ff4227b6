#include "fs/ops/negotiate.h"

#include <linux/fuse.h>

#include <fuse_lowlevel.h>

#include "tests/unit/lib/harness.h"

static unsigned wanted(unsigned capable, uint64_t flags)
{
    /* A wish of libfuse itself does not count. */
    struct fuse_conn_info connection = {
        .capable = capable, .want = FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_SPLICE_READ, .max_write = UINT32_MAX};
    negotiate(&connection, flags);
    assert_int_equal(connection.max_write, 1024 * 1024);
    return connection.want;
}

TEST(the_first_worker_wants_what_is_used)
{
    assert_int_equal(wanted(UINT32_MAX, 0), FUSE_CAP_ASYNC_READ | FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_ASYNC_DIO);
    assert_int_equal(wanted(FUSE_CAP_ASYNC_DIO, 0), FUSE_CAP_ASYNC_DIO);
}

TEST(a_successor_wants_what_was_answered_even_if_it_would_choose_otherwise)
{
    assert_int_equal(wanted(UINT32_MAX, FUSE_BIG_WRITES), 0);
    assert_int_equal(wanted(UINT32_MAX, FUSE_BIG_WRITES | FUSE_PARALLEL_DIROPS | FUSE_ASYNC_READ),
                     FUSE_CAP_PARALLEL_DIROPS | FUSE_CAP_ASYNC_READ);
}
