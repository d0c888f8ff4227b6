/*
 * zygote_scripts: what may stand at the other end of a worker's line to its zygote, each to be run in a child.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_ZYGOTE_SCRIPTS_H
#define CERTFS_TESTS_UNIT_LIB_ZYGOTE_SCRIPTS_H

/* As the zygote does it, with a judge of ours; after a rehearsal. */
void zygote_be_good(int line);

/* The judge takes its document, and its end is reported: of SIGSYS, or of SIGXCPU after two seconds. */
void zygote_die_of_a_signal(int line);
void zygote_die_of_time(int line);

/* The judge does nothing until it is to be killed. */
void zygote_sleep_until_killed(int line);

/* The zygote does nothing, or ends when it has its order, or at once. */
void zygote_never_answer(int line);
void zygote_vanish(int line);
void zygote_end_early(int line);

/* The judge answers with no request, with a kind that is not due, with a body beyond the limit, or without end. */
void zygote_answer_nonsense(int line);
void zygote_answer_another_kind(int line);
void zygote_answer_too_much(int line);
void zygote_flood(int line);

/* The judge refuses its document since it has no memory. */
void zygote_run_out_of_memory(int line);

/* The judge parses its document and dies of SIGSEGV then. */
void zygote_fail_at_the_end(int line);

/* The zygote cannot start, or lacks a layer. */
void zygote_be_unready(int line);
void zygote_lack_a_layer(int line);

#endif
