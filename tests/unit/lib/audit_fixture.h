/*
 * audit_fixture: an audit with the line to the log open at its other end, for tests.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_AUDIT_FIXTURE_H
#define CERTFS_TESTS_UNIT_LIB_AUDIT_FIXTURE_H

#include "fs/host/channel.h"
#include "fs/report/audit.h"

extern struct audit *audit;
extern int supervisor, worker; /* the ends of the line */
extern struct resource *root, *named;

/* An event of the root set's key. */
void note_open(uid_t uid, gid_t gid, pid_t thread, uint64_t number);

/* The next line of the log; false when there is none. */
bool next_line(struct channel_message *ret);

/* The next line of all that is to be written, counts that wait for their second too; false when there is none. */
bool next_of_all(struct channel_message *ret);

/* The newest line that take_line or accounted took. */
extern struct channel_message message;

/* next_line into `message`. */
bool take_line(void);

/*
 * Takes a line: it must have each of these fields, in the line's way of writing them and in this order; others may
 * stand between. NULL is the last of them.
 */
void expect_fields(int priority, const char *const fields[]);

#define EXPECT_FIELDS(priority, ...) expect_fields(priority, (const char *const[]){__VA_ARGS__, NULL})

/* How many events all lines of this user with this field stand for, of what is left to write. */
uint64_t accounted(const char *field, unsigned uid);

/* A request that was carried out, and one that was refused. */
struct journal_entry audited_request(void);
struct journal_entry audited_refusal(uid_t uid, enum via via);

/* Before and after each test. */
void auditing_setup(void);
void auditing_teardown(void);

#endif
