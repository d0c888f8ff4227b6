/*
 * oracle: what every fuzz target holds its room to, beyond "it does not crash".
 *
 * A broken rule ends the process, which is what libFuzzer calls a finding.
 */
#ifndef CERTFS_TESTS_FUZZ_ORACLE_H
#define CERTFS_TESTS_FUZZ_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/fault.h"
#include "core/json/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* Prints the condition that does not hold and ends the process. */
_Noreturn void oracle_fail(const char *what);

static inline void oracle_require(bool holds, const char *what)
{
    if (!holds)
        oracle_fail(what);
}

/* 0 exactly when there is no fault; a fault has a printable sentence. Returns whether the result was 0. */
bool oracle_law(int result, const struct fault *f);

/* Frames the text as one piece; whether it is a document. */
bool oracle_frame(struct span text, struct frame *ret);

/* For tests: a mistake of the target itself, such as a failed allocation, ends the process too. */
void oracle_append(struct buf *buf, struct span bytes);
void oracle_append_text(struct buf *buf, const char *text);

#endif
