#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/lib/audit_fixture.h"
#include "tests/unit/lib/harness.h"

TEST(a_living_reader_is_listed_with_the_newest_generation_that_it_opened)
{
    struct audit_reader readers[AUDIT_READERS_MAX];
    note_open(27, 28, getpid(), 3);
    note_open(27, 28, getpid(), 4);
    audit_write(audit);
    assert_int_equal(audit_readers(audit, readers), 1);
    assert_int_equal(readers[0].pid, getpid());
    assert_int_equal(readers[0].uid, 27);
    assert_int_equal(readers[0].generation, 4);
    assert_string_equal(readers[0].program, "test_audit_read");
    readers_done(readers, 1);
}

TEST(a_reader_of_two_sets_is_two_readers)
{
    struct audit_reader readers[AUDIT_READERS_MAX];
    note_open(27, 28, getpid(), 3);
    audit_note_open(audit,
                    &(struct audit_open){.uid = 27, .gid = 28, .thread = getpid(), .resource = named, .generation = 5});
    note_open(27, 28, getpid(), 6);
    audit_write(audit);
    assert_int_equal(audit_readers(audit, readers), 2);
    assert_string_equal(readers[0].resource->identifier, "");
    assert_int_equal(readers[0].generation, 6);
    assert_string_equal(readers[1].resource->identifier, "replica-1");
    assert_int_equal(readers[1].generation, 5);
    readers_done(readers, 2);
}

/* A process that lives until it is ended. */
static pid_t start_child(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pause();
        _exit(0);
    }
    assert_true(pid > 0);
    return pid;
}

static void end_child(pid_t pid)
{
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

TEST(a_reader_that_ended_is_no_longer_listed)
{
    struct audit_reader readers[AUDIT_READERS_MAX];
    pid_t child = start_child();
    note_open(27, 28, child, 3);
    note_open(27, 28, getpid(), 4);
    audit_write(audit);
    assert_int_equal(audit_readers(audit, readers), 2);
    assert_int_equal(readers[0].pid, child);
    readers_done(readers, 2);
    end_child(child);
    assert_int_equal(audit_readers(audit, readers), 1);
    assert_int_equal(readers[0].pid, getpid());
    readers_done(readers, 1);
}

/* One key of each of so many sets; each process is another user's, for one has a limit of lines in a second. */
static void read_sets(pid_t pid, uint64_t first, unsigned count)
{
    for (uint64_t set = first; set < first + count; set++) {
        struct resource *resource = resource_new("some", set, "", 0);
        audit_note_open(
            audit,
            &(struct audit_open){.uid = (uid_t)pid, .gid = 28, .thread = pid, .resource = resource, .generation = set});
        resource_unref(resource);
    }
    struct channel_message drained;
    while (next_of_all(&drained))
        continue;
}

static size_t count_of(pid_t pid, const struct audit_reader *readers, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += readers[i].pid == pid;
    return found;
}

TEST(a_process_that_reads_many_sets_drives_no_other_one_out)
{
    struct audit_reader readers[AUDIT_READERS_MAX];
    pid_t server = start_child(), first = start_child(), second = start_child();
    read_sets(server, 1, 1);
    read_sets(first, 100, 100);
    read_sets(second, 300, 100);
    size_t count = audit_readers(audit, readers);
    assert_int_equal(count, AUDIT_READERS_MAX);
    assert_int_equal(readers[0].pid, server);
    assert_in_range(count_of(first, readers, count), 63, 64);
    assert_in_range(count_of(second, readers, count), 63, 64);
    assert_int_equal(readers[count - 1].generation, 399);
    readers_done(readers, count);
    end_child(server);
    end_child(first);
    end_child(second);
}

TEST(those_that_ended_make_room_first)
{
    struct audit_reader readers[AUDIT_READERS_MAX];
    pid_t alive = start_child(), dead = start_child();
    read_sets(alive, 1, AUDIT_READERS_MAX - 1);
    read_sets(dead, 500, 1);
    end_child(dead);
    read_sets(getpid(), 600, 1);
    size_t count = audit_readers(audit, readers);
    assert_int_equal(count_of(alive, readers, count), AUDIT_READERS_MAX - 1);
    assert_int_equal(count, AUDIT_READERS_MAX);
    readers_done(readers, count);
    end_child(alive);
}

EACH_TEST(auditing_setup, auditing_teardown);
