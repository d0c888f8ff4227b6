/*
 * test_attacks: what an intruder in one of our processes would try, for tests. Does nothing unless built with make
 * HOOKS=1.
 *
 * A document asks for it with a mark, which may stand in the text before a PEM block:
 *
 *     certfs attack in the PROCESS: NAME [ARGUMENT]
 *
 * The mark ends with the first byte that no name, number or plain path has.
 */
#ifndef CERTFS_FS_HOST_TEST_ATTACKS_H
#define CERTFS_FS_HOST_TEST_ATTACKS_H

#include <stdbool.h>

#include "core/base/buf.h"

enum { TEST_ATTACKS_SIZE = 121 };

/*
 * Runs the attack that the text asks for in this process ("judge", "worker", "worker that asks"), if it does, and
 * returns true with how it ended: "attack NAME: succeeded", or "attack NAME: EPERM". Does not return if the attack ends
 * the process or goes on for ever. `line`: the descriptor of the process's conversation with another one, for attacks
 * on that; -1 for none.
 */
bool test_attacks_run(const char *process, struct span text, int line, char ret[static TEST_ATTACKS_SIZE]);

#endif
