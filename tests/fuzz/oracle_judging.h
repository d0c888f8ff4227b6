/*
 * oracle_judging: documents judged in this process, and everything between them and the rest as bytes: what a judge
 * that is itself sends is never refused.
 */
#ifndef CERTFS_TESTS_FUZZ_ORACLE_JUDGING_H
#define CERTFS_TESTS_FUZZ_ORACLE_JUDGING_H

#include "core/action/judging.h"

extern const struct judging oracle_judging;

#endif
