/*
 * snapshot_client: readers of a set as the kernel's requests show them, for tests of snapshots.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_SNAPSHOT_CLIENT_H
#define CERTFS_TESTS_UNIT_LIB_SNAPSHOT_CLIENT_H

#include "fs/state/snapshot.h"

enum { READING_GENERATIONS = 6, READING_USER = 27, READING_OTHER_USER = 1000 };

/* The one who reads the root set, another thread, the first with another set, and one without identity. */
extern const struct snapshot_reader one, two, one_of_named, nobody;

extern const struct snapshot_source reading_source; /* for snapshots: the value of `current` */
extern struct snapshots *snapshots;
extern struct generation *made[READING_GENERATIONS + 1]; /* by number; fresh for every test */
extern uint64_t current;                                 /* a number; 0: nothing is served */
extern int64_t now;

/* LOOKUP: the number that is shown, 0 for none. */
uint64_t look(const struct snapshot_reader *reader, enum material_file file);

/* OPEN of an inode of this generation: the number that is opened, 0 for ESTALE. */
uint64_t open_inode(const struct snapshot_reader *reader, enum material_file file, uint64_t number);

/* The same where only a pin may still know the generation. */
uint64_t open_gone(const struct snapshot_reader *reader, enum material_file file, uint64_t number);

/* The same where it is unknown whether that is the last word, and the program need not get ESTALE. */
bool refuse_gone(const struct snapshot_reader *reader, enum material_file file, uint64_t number);

/* The result of open(2) in the kernel when it remembers the name as `cached`; 0: ESTALE reaches the program. */
uint64_t open_name(const struct snapshot_reader *reader, enum material_file file, uint64_t cached);

bool is_pinned(uint64_t number);

/* From now on pins are kept in the memory of `outliving`, as many as this. */
void begin_outliving(size_t pins);
extern struct snapshot_cells outliving;

/* The worker ends, and after so many milliseconds another one goes on. */
void take_over(int64_t outage);

/* A request has a number of its own, and the same one when it comes again. */
struct snapshot_reader numbered(const struct snapshot_reader *reader, uint64_t request);

/* Before and after each test. */
void reading_setup(void);
void reading_teardown(void);

#endif
