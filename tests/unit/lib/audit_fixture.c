#include "tests/unit/lib/audit_fixture.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/lib/harness.h"

struct audit *audit;
int supervisor, worker;
struct resource *root, *named;

void note_open(uid_t uid, gid_t gid, pid_t thread, uint64_t number)
{
    audit_note_open(
        audit, &(struct audit_open){.uid = uid, .gid = gid, .thread = thread, .resource = root, .generation = number});
}

bool next_line(struct channel_message *ret)
{
    struct pollfd wait = {.fd = supervisor, .events = POLLIN};
    ret->priority = -1;
    if (poll(&wait, 1, 0) != 1)
        return false;
    channel_receive(supervisor, ret);
    assert_int_equal(ret->kind, CHANNEL_LOG);
    return true;
}

bool next_of_all(struct channel_message *ret)
{
    if (next_line(ret))
        return true;
    audit_write(audit);
    if (next_line(ret))
        return true;
    audit_finish(audit);
    return next_line(ret);
}

struct channel_message message;

bool take_line(void)
{
    return next_line(&message);
}

void expect_fields(int priority, const char *const fields[])
{
    assert_true(take_line());
    assert_int_equal(message.priority, priority);
    const char *rest = message.text;
    for (; *fields != NULL; fields++) {
        char field[512];
        snprintf(field, sizeof(field), "%s%s", rest == message.text ? "" : " ", *fields);
        const char *found = strstr(rest, field);
        if (found != NULL && (found[strlen(field)] == ' ' || found[strlen(field)] == '\0'))
            rest = found + strlen(field);
        else
            fail_msg("no %s in %s", *fields, message.text);
    }
}

/* The number of events of a line: the value of count=, 1 where there is none. */
static uint64_t counted(void)
{
    const char *count = strstr(message.text, " count=");
    return count == NULL ? 1 : strtoull(count + 7, NULL, 10);
}

uint64_t accounted(const char *field, unsigned uid)
{
    char user[32];
    uint64_t sum = 0;
    snprintf(user, sizeof(user), " uid=%u ", uid);
    while (next_of_all(&message))
        if (strstr(message.text, user) != NULL && strstr(message.text, field) != NULL)
            sum += counted();
    return sum;
}

struct journal_entry audited_request(void)
{
    struct journal_entry entry = {.time = 1000000000,
                                  .action = ACTION_IMPORT_MATERIAL,
                                  .resource = root,
                                  .writer = {.uid = 1000, .gid = 100, .pid = 4711, .login = 1001, .program = "cat"},
                                  .generation = 7,
                                  .sentence = "imported",
                                  .old_sha256 = "aa",
                                  .new_sha256 = "bb"};
    return entry;
}

struct journal_entry audited_refusal(uid_t uid, enum via via)
{
    struct journal_entry entry = audited_request();
    entry.writer.uid = uid;
    entry.writer.via = via;
    (void)fault_set(&entry.fault, REASON_KEY_MISMATCH, "ssl_key", "the key is \"another\" one's");
    return entry;
}

void auditing_setup(void)
{
    struct fault f = {0};
    root = resource_new("", 0, "", 0);
    named = resource_new("replica-1", 3, "", 0);
    assert_int_equal(channel_open(&supervisor, &worker, &f), 0);
    assert_int_equal(audit_new(worker, &audit, &f), 0);
}

void auditing_teardown(void)
{
    audit_freep(&audit);
    close(supervisor);
    close(worker);
    assert_true(refcount_is_one(&root->references_) && refcount_is_one(&named->references_));
    resource_unref(root);
    resource_unref(named);
}
