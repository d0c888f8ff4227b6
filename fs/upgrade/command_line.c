#include "fs/upgrade/command_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/fault.h"
#include "fs/host/resolve.h"
#include "fs/options/arguments.h"
#include "fs/upgrade/executable.h"

void command_line_note(int argc, char **argv, struct command_line *ret)
{
    *ret = (struct command_line){.count = argc, .words = argv};
    if (getcwd(ret->directory, sizeof(ret->directory)) == NULL || ret->directory[0] != '/')
        ret->directory[0] = '\0';
    executable_find(argc > 0 ? argv[0] : NULL, ret->program);
}

static void command_line_copy(const struct resume *resume, const char *name, char ret[static PATH_MAX])
{
    const char *value = resume_get(resume, name);
    snprintf(ret, PATH_MAX, "%s", value != NULL ? value : "");
}

void command_line_note_again(int argc, char **argv, const struct resume *resume, struct command_line *ret)
{
    *ret = (struct command_line){.count = argc, .words = argv};
    command_line_copy(resume, "directory", ret->directory);
    command_line_copy(resume, "program", ret->program);
}

int command_line_add(const struct command_line *line, const struct options *options, struct resume *resume,
                     struct fault *f)
{
    for (int i = 0; i < line->count; i++)
        if (resume_add(resume, "argument", line->words[i], f) != 0)
            return -1;
    if (resume_add(resume, "directory", line->directory, f) != 0 ||
        resume_add(resume, "program", line->program, f) != 0 || resume_add(resume, "store", options->store, f) != 0)
        return -1;
    return resume_add(resume, "mountpoint", options->mountpoint, f);
}

/* The words of the text, NULL after the last one. */
static char **command_line_words(const struct resume *resume, int *ret_count)
{
    char **words = calloc(resume->count + 1, sizeof(*words));
    const char *word;
    size_t at = 0;
    *ret_count = 0;
    while (words != NULL && (word = resume_next(resume, "argument", &at)) != NULL)
        words[(*ret_count)++] = (char *)(uintptr_t)word;
    return words;
}

static int command_line_check(const struct resume *resume, const char *name, const char *path, struct fault *f)
{
    const char *before = resume_get(resume, name);
    if (before != NULL && strcmp(before, path) == 0)
        return 0;
    return fault_set(f, REASON_USAGE, "", "the command line leads to another %s than before: %s", name, path);
}

int command_line_read(const struct resume *resume, struct options *ret, struct fault *f)
{
    int count;
    char **words = command_line_words(resume, &count);
    if (words == NULL)
        return fault_no_memory(f);
    const char *directory = resume_get(resume, "directory");
    resolve_start_from(directory != NULL ? directory : "");
    int result = arguments_parse(count, words, ret, f);
    if (result == 0 && ret->purpose != OPTIONS_SERVE)
        result = fault_set(f, REASON_USAGE, "", "the command line is not that of a mount");
    free(words);
    if (result != 0)
        return -1;
    return command_line_check(resume, "mountpoint", ret->mountpoint, f) == 0
               ? command_line_check(resume, "store", ret->store, f)
               : -1;
}
