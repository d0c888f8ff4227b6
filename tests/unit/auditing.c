#include "tests/unit/auditing.h"

#include <poll.h>
#include <unistd.h>

#include "tests/unit/harness.h"

struct audit *audit;
int supervisor, worker;
struct resource *root, *named;

void note_open(uid_t uid, gid_t gid, pid_t thread, uint64_t number)
{
    audit_note_open(audit, uid, gid, thread, root, number);
}

bool next_line(struct link_message *ret)
{
    struct pollfd wait = {.fd = supervisor, .events = POLLIN};
    ret->priority = -1;
    if (poll(&wait, 1, 0) != 1)
        return false;
    link_receive(supervisor, ret);
    assert_int_equal(ret->kind, LINK_LOG);
    return true;
}

bool next_of_all(struct link_message *ret)
{
    if (next_line(ret))
        return true;
    audit_write(audit);
    if (next_line(ret))
        return true;
    audit_finish(audit);
    return next_line(ret);
}

int auditing_setup(void **state)
{
    (void)state;
    struct fault f = {0};
    root = resource_new("", 0, "", 0);
    named = resource_new("replica-1", 3, "", 0);
    if (link_open(&supervisor, &worker, &f) != 0)
        return -1;
    return audit_new(worker, &audit, &f);
}

int auditing_teardown(void **state)
{
    (void)state;
    audit_freep(&audit);
    close(supervisor);
    close(worker);
    resource_unref(root);
    resource_unref(named);
    return 0;
}
