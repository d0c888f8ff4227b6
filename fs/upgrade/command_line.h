/*
 * command_line: the command line of this process, for a program that is to read the same one.
 */
#ifndef CERTFS_FS_UPGRADE_COMMAND_LINE_H
#define CERTFS_FS_UPGRADE_COMMAND_LINE_H

#include <limits.h>

#include "core/base/cleanup.h"
#include "fs/options/options.h"
#include "fs/upgrade/resume.h"

struct command_line {
    int count;
    char **words;             /* of main; borrowed */
    char directory[PATH_MAX]; /* in which relative paths begin; "" if it is unknown */
    char program[PATH_MAX];   /* executable_find */
};

/* Notes the command line and the working directory at the start. */
void command_line_note(int argc, char **argv, struct command_line *ret);

/* The same in a program that another one has executed. Paths of the command line are relative to that directory. */
void command_line_note_again(int argc, char **argv, const struct resume *resume, struct command_line *ret);

/* Appends it, with the paths that it leads to. Faults as resume_add. */
MUST_CHECK int command_line_add(const struct command_line *line, const struct options *options, struct resume *resume,
                                struct fault *f);

/*
 * Reads the command line of the text. Faults: as arguments_parse, and usage if it leads to another STORE or MOUNTPOINT
 * than in the program that wrote it.
 */
MUST_CHECK int command_line_read(const struct resume *resume, struct options *ret, struct fault *f);

#endif
